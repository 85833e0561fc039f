/** What is said to somebody whose words are no command, too many or too few: the line that was probably meant, as it can be typed. */
import { type Command, commands, usageOf } from '../controller/reference/commands.ts'
import { dangerous } from '../controller/reference/groups.ts'
import { CorpusError } from '../kernel/errors.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'

/** The nearest word is told, and never one that would cost something where it was not meant. Of a group, its commands are. */
export function unknownCommand(word: string, first: string): CorpusError {
  const harmless = commands.map(one => one.name).filter(name => !dangerous.includes(name))
  const members = commands.filter(one => one.name.startsWith(`${first} `))
  if (word === first || members.length === 0) {
    const known = new Set(harmless.map(name => name.split(' ')[0] ?? ''))
    return new CorpusError('USAGE', `Unknown command ${shown(word)}.${meant(word, known)}`)
  }
  const within = harmless.filter(name => name.startsWith(`${first} `)).map(name => name.slice(first.length + 1))
  const near = meant(word, within)
  if (near !== '') return new CorpusError('USAGE', `corpus ${first} has no command ${shown(word)}.${near}`)
  const lines = members.map(one => `corpus ${lineFor(one, word)}`)
  return new CorpusError('USAGE', `corpus ${first} has no command ${shown(word)}, but these.`, {
    detail: lines.join('\n'),
  })
}

/** A word that the command has no place for. */
export function tooMany(command: Command, word: string): CorpusError {
  const byOption = command.options.some(one => one.param === 'project') && isProjectName(word)
  const detail = byOption ? `corpus ${command.name} --project ${word}` : `corpus ${usageOf(command)}`
  const sentence =
    command.tooMany ??
    `${shown(word)} is one word too many${command.arguments.length === 0 ? `: corpus ${command.name} takes none` : ''}.`
  return new CorpusError('USAGE', sentence, { detail })
}

/** A word that must be there, and is not. */
export const tooFew = (command: Command, argument: string): CorpusError =>
  new CorpusError('USAGE', `${argument.replace(/\.{3}$/, '')} is missing.`, {
    detail: `corpus ${usageOf(command)}\nExample: ${command.example}`,
  })

/** Where one learns how the command is typed, of which these are the first words. */
export function helpFor(argv: readonly string[]): string {
  const names = new Set(commands.flatMap(one => [one.name, one.name.split(' ')[0] ?? '']))
  const known = [argv.slice(0, 2), argv.slice(0, 1)].map(words => words.join(' ')).find(words => names.has(words))
  return `See \`corpus ${known === undefined ? '' : `${known} `}--help\`.`
}

/** A command as it is typed, for the project where that is what the word may be. */
function lineFor(command: Command, word: string): string {
  const line = usageOf(command)
  return isProjectName(word) && command.params.properties[command.words[0] ?? '']?.parse === 'project'
    ? line.replace(/\[?\bNAME\b\]?/, word)
    : line
}
