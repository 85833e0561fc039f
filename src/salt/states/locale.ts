/** locale.*: the languages of this machine. */
import { defineState, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { tryRun } from '../system/system-command.ts'
import { readText, writeText } from '../system/text-file.ts'

const present = defineState({
  does: 'Sees that a locale is made: en_US.UTF-8.',
  arguments: {},
  run: async call => {
    const { name, tools } = call
    const made = await tryRun(tools, ['locale', '-a'])
    if (made.stdout.split('\n').some(each => plain(each) === plain(name)))
      return succeeded(`Locale ${name} is already present`)
    if (call.test) return wouldChange(`Locale ${name} needs to be generated`)
    const file = '/etc/locale.gen'
    const charset = name.split('.')[1] ?? 'UTF-8'
    const lines = readText(file)
      .split('\n')
      .filter(line => line !== '' && line.replace(/^#\s*/, '').split(' ')[0] !== name)
    writeText(file, `${[...lines, `${name} ${charset}`].join('\n')}\n`)
    const done = await tryRun(tools, ['locale-gen'])
    return done.ok
      ? succeeded(`Generated locale ${name}`, { locale: name })
      : failed(`Failed to generate locale ${name}: ${done.stderr.trim()}`)
  },
})

const system = defineState({
  does: 'Sees that a locale is the one of this machine.',
  arguments: {},
  run: call => {
    const file = '/etc/default/locale'
    const lines = readText(file)
      .split('\n')
      .filter(line => line !== '')
    const line = `LANG=${call.name}`
    if (lines.some(each => each.replaceAll('"', '') === line))
      return succeeded(`System locale ${call.name} already set`)
    if (call.test) return wouldChange(`System locale ${call.name} needs to be set`)
    writeText(file, `${[line, ...lines.filter(each => !each.startsWith('LANG='))].join('\n')}\n`)
    return succeeded(`Set system locale ${call.name}`, { locale: call.name })
  },
})

export const states: StateTable = { present, system }

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}
