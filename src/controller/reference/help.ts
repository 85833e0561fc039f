/** What `corpus`, `corpus --help` and `corpus help` print. */
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { clientCommands, clientHelp } from './client-commands.ts'
import { commands, usageOf } from './commands.ts'
import { daily, groups } from './groups.ts'

/** The help of every day, of all commands, or of one. Throws USAGE. */
export function helpText(words: readonly string[], all: boolean): string {
  if (words.length === 0) return all ? wholeHelp() : dailyHelp()
  const name = words.join(' ')
  const ofClient = clientCommands.find(one => one.name === name)
  if (ofClient !== undefined) return clientHelp(ofClient)
  const command = commands.find(one => one.name === name)
  if (command === undefined) throw new CorpusError('USAGE', `Unknown command ${shown(name)}.`)
  const options = command.options.map(({ flags, does }) => `  ${flags.padEnd(24)} ${does}\n`)
  return `Usage: corpus ${usageOf(command)}\n\n${command.does}\n\n${options.join('')}Example: ${command.example}\n`
}

/** One screen: the dozen of every day. */
export function dailyHelp(): string {
  const lines = daily.flatMap(({ title, lines }) =>
    lines.map(([words, does], at) => `  ${(at === 0 ? title : '').padEnd(7)} ${words.padEnd(21)} ${does}\n`),
  )
  return [
    'Usage: corpus COMMAND [NAME] …\n',
    'Push-to-deploy for people who run their own machines.\n\n',
    ...lines,
    '\nIn a clone NAME may be left out. Example: corpus logs --app --follow\n',
    'corpus help --all lists every command; corpus COMMAND --help explains one.\n',
  ].join('')
}

/** Every command, in its group. */
function wholeHelp(): string {
  const lookedUp = new Map(commands.map(one => [one.name, one]))
  const parts = groups.map(({ title, commands: names }) => {
    const rows = names.flatMap(name => {
      const definition = lookedUp.get(name)
      return definition ? [`  ${usageOf(definition).padEnd(32)} ${cut(firstSentence(definition.does))}\n`] : []
    })
    return `${title}\n${rows.join('')}`
  })
  const client = clientCommands.map(one => `  ${one.usage.padEnd(32)} ${cut(firstSentence(one.does))}\n`)
  parts.push(
    `Another machine\n  ${'-e ENV COMMAND …'.padEnd(32)} Asks the machine ENV in place of this one\n${client.join('')}`,
  )
  return `${parts.join('\n')}\nExample: corpus init shop\nIn a clone of a project, NAME may be left out. Exit statuses are in docs/exit-statuses.md.\n`
}

export const firstSentence = (text: string): string => {
  const own = text.replace(/^Runs one procedure alone\. /, '')
  return /^.*?[.:;](?=\s|$)/s.exec(own)?.[0].replace(/[.:;]$/, '') ?? own
}

/** A row of the long help stays a row. */
const cut = (text: string): string => (text.length > 85 ? `${text.slice(0, 84).replace(/\s+\S*$/, '')} …` : text)
