/** corpus pillar get, set and unset. */
import { CorpusError } from '../../kernel/errors.ts'
import { defineCommand } from '../command.ts'

export const pillarGetCommand = defineCommand({
  name: 'pillar get',
  does: 'Prints the pillar that was pushed last, or the value at a key of it. Secrets are hidden.',
  arguments: ['NAME', '[KEY]'],
  options: [{ flags: '--reveal', does: 'show secrets too' }],
  answers: true,
  example: 'corpus pillar get demo data.port',
  async run(invocation) {
    const { getPillar } = await import('../../controller/pillar.ts')
    const [name = '', key] = invocation.args
    const value = await getPillar(invocation.context, name, key, invocation.options['reveal'] === true)
    const bare = !invocation.json && typeof value === 'string'
    invocation.print(bare ? `${value}\n` : `${JSON.stringify(value, null, invocation.json ? 0 : 2)}\n`)
    return 0
  },
})

export const pillarSetCommand = defineCommand({
  name: 'pillar set',
  does: 'Changes settings in the pillar, and keeps the comments around them: KEY=VALUE, KEY=@FILE, or KEY=- for standard input; :KEY:BELOW is one from its top. Commits, and deploys as a push of the pillar does.',
  arguments: ['NAME', 'KEY=VALUE...'],
  example: 'corpus pillar set demo data.port=8080 data.db.password=@password.txt',
  async run(invocation) {
    const { changePillar } = await import('../../controller/pillar.ts')
    const [name = '', ...set] = invocation.args
    if (set.length === 0) throw new CorpusError('USAGE', 'No key was named.')
    return changePillar(invocation.context, name, { set: set as string[] }, invocation)
  },
})

export const pillarUnsetCommand = defineCommand({
  name: 'pillar unset',
  does: 'Takes keys out of the pillar. Commits, and deploys as a push of the pillar does.',
  arguments: ['NAME', 'KEY...'],
  example: 'corpus pillar unset demo data.port',
  async run(invocation) {
    const { changePillar } = await import('../../controller/pillar.ts')
    const [name = '', ...unset] = invocation.args
    if (unset.length === 0) throw new CorpusError('USAGE', 'No key was named.')
    return changePillar(invocation.context, name, { unset: unset as string[] }, invocation)
  },
})
