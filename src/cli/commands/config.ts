/** corpus config get, set and unset. */

import type { ChangedSetting } from '../../controller/config.ts'
import { CorpusError } from '../../kernel/errors.ts'
import { defineCommand, type Invocation } from '../command.ts'

export const configGetCommand = defineCommand({
  name: 'config get',
  does: 'Prints the configuration of a project, or the value at a dotted key. Secrets are hidden.',
  arguments: ['NAME', '[KEY]'],
  options: [{ flags: '--reveal', does: 'show secrets too' }],
  answers: true,
  example: 'corpus config get demo data.port',
  async run(invocation) {
    const { getConfiguration } = await import('../../controller/config.ts')
    const [name = '', key] = invocation.args
    const value = await getConfiguration(invocation.context, name, key, invocation.options['reveal'] === true)
    const bare = !invocation.json && typeof value === 'string'
    invocation.print(bare ? `${value}\n` : `${JSON.stringify(value, null, invocation.json ? 0 : 2)}\n`)
    return 0
  },
})

export const configSetCommand = defineCommand({
  name: 'config set',
  does: 'Saves settings. They count from the next deployment on.',
  arguments: ['NAME', 'KEY=VALUE...'],
  example: 'corpus config set demo keep_archives=5 data.port=8080',
  async run(invocation) {
    const { setConfiguration } = await import('../../controller/config.ts')
    const [name = '', ...settings] = invocation.args
    tellChanged(invocation, name, await setConfiguration(invocation.context, name, settings as string[]))
    return 0
  },
})

export const configUnsetCommand = defineCommand({
  name: 'config unset',
  does: 'Takes saved settings back, so that pillar and defaults show again.',
  arguments: ['NAME', 'KEY...'],
  example: 'corpus config unset demo data.port',
  async run(invocation) {
    const { setConfiguration } = await import('../../controller/config.ts')
    const [name = '', ...keys] = invocation.args
    if (keys.length === 0) throw new CorpusError('USAGE', 'No key was named.')
    tellChanged(invocation, name, await setConfiguration(invocation.context, name, [], keys as string[]))
    return 0
  },
})

function tellChanged(invocation: Invocation, name: string, changed: readonly ChangedSetting[]): void {
  for (const { key, before, after } of changed) {
    const was = sameText(before, after) ? 'as before' : before === undefined ? 'new' : `was ${textOf(before)}`
    invocation.print(
      after === undefined ? `${key} is not set any more (${was})\n` : `${key} is ${textOf(after)} (${was})\n`,
    )
  }
  invocation.print(`It counts from the next deployment on: corpus deploy ${name}\n`)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
