/** corpus init. */
import { basename } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { defineCommand, type Invocation, listOption, textOption } from '../command.ts'

export const initCommand = defineCommand({
  name: 'init',
  does: 'Makes a project, or repairs what is missing of one. In a clone, which it gives a remote to push to, NAME is that of the folder.',
  arguments: ['[NAME]'],
  options: [
    {
      flags: '--mode MODE',
      does: 'cooking (without a word of it: a push builds), final or editable; see corpus modes',
    },
    { flags: '--env ENV', does: 'dev, staging or prod: gives the mode where none is named' },
    {
      flags: '--installer INSTALLER',
      does: 'auto (without a word of it: asks what is pushed), static, nodejs, …, generic (state files only), an absolute path, or a folder inside .salt',
    },
    { flags: '--origin URL', does: 'where the project comes from' },
    { flags: '--pillar-origin URL', does: 'where its pillar comes from' },
    { flags: '--set KEY=VALUE', does: 'a setting; may be given several times', many: true },
    { flags: '--verbose', does: 'say all that was made' },
  ],
  answers: true,
  example: 'corpus init shop',
  async run(invocation) {
    const { init } = await import('../../controller/init.ts')
    const { cloneAt, nameFromFolder } = await import('../../controller/clone.ts')
    const here = await cloneAt(invocation.context, process.cwd())
    const name = invocation.args[0] ?? (here ? nameFromFolder(here.top) : undefined)
    if (name === undefined)
      throw new CorpusError('USAGE', 'Name the project: this folder is in no clone that could name it.')
    const made = await init(invocation.context, name, {
      mode: textOption(invocation, 'mode'),
      env: textOption(invocation, 'env'),
      installer: textOption(invocation, 'installer'),
      origin: textOption(invocation, 'origin'),
      pillarOrigin: textOption(invocation, 'pillarOrigin'),
      set: listOption(invocation, 'set'),
    })
    const { layout, done } = made
    if (invocation.json) {
      invocation.print(`${JSON.stringify({ name: layout.name, home: layout.home, done })}\n`)
      return 0
    }
    // Of a project that was there, what was mended is the news.
    const told = invocation.options['verbose'] === true || !made.isNew ? done : done.filter(isNews)
    for (const sentence of told) invocation.print(`${sentence}\n`)
    if (done.length === 0) invocation.print('everything was there\n')
    // One that was made of a folder's name, and is not that, has to be known to be typed.
    if (
      invocation.args[0] === undefined &&
      here &&
      basename(here.top)
        .replace(/\.git$/, '')
        .toLowerCase() !== layout.name
    )
      invocation.print(`name       ${layout.name}\n`)
    invocation.print(`mode       ${made.mode}: ${modeSentences[made.mode]}\n`)
    invocation.print(`installer  ${made.installer}${made.installer === 'auto' ? ': asks each push what it is' : ''}\n`)
    invocation.print(`push       ${await howToPush(invocation, layout.name, here?.top)}\n`)
    return 0
  },
})

const modeSentences = {
  cooking: 'a push is built, started, and kept as an archive for other machines',
  final: 'a push is started as it is, or from an archive that cooking made; nothing is built',
  editable: 'you edit the files where they run; see corpus config get NAME project_root',
} as const

/** What a person should know of a new project: all but the folders, links and files that every one has. */
const isNews = (sentence: string): boolean => !/^(made|linked|wrote|the hooks?|added) /.test(sentence)

/** The clone that somebody stands in gets its remote at once; elsewhere that is said. */
async function howToPush(invocation: Invocation, name: string, clone: string | undefined): Promise<string> {
  const { openProject } = await import('../../controller/context.ts')
  const { branchesToPush } = await import('../../project/hook-settings.ts')
  const { addRemote } = await import('../../controller/remote.ts')
  const [branch] = branchesToPush(await openProject(invocation.context, name))
  const elsewhere = `in a clone: corpus remote add ${name} && git push corpus HEAD:${branch}`
  if (clone === undefined || clone === invocation.context.home) return elsewhere
  try {
    const { refspec } = await addRemote(invocation.context, name, { folder: clone, remote: 'corpus', pillar: false })
    return `git push corpus ${refspec}      (this clone has the remote corpus now)`
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error
    return `${elsewhere}      (here: ${error.message})`
  }
}
