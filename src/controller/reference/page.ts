/** docs/commands.md: every request, what it takes and answers, as it is declared. */
import type { TSchema } from '@sinclair/typebox'
import { requests } from '../requests/index.ts'
import { type ClientCommand, clientCommands } from './client-commands.ts'
import { commands, usageOf } from './commands.ts'
import { groups } from './groups.ts'

export function referencePage(): string {
  const parts = groups.map(({ title, commands: names }) => `## ${title}\n\n${names.map(entry).join('')}`)
  return `${parts.join('')}## Another machine

\`corpus -e ENV COMMAND …\` asks the machine ENV ([teams](teams.md)). What follows is done by the client alone.

${clientCommands.map(clientEntry).join('')}`
}

function clientEntry({ usage, does, options, example }: ClientCommand): string {
  const rows = options.map(one => `| \`${one.flags}\` | ${cell(one.does)} |\n`)
  return `### corpus ${usage}\n\n${does}\n\n| typed | |\n|---|---|\n${rows.join('')}\n    $ ${example}\n\n`
}

function entry(name: string): string {
  const command = commands.find(one => one.name === name)
  const declared = requests.find(one => one.name === name)
  if (command === undefined || declared === undefined) throw new Error(`No request ${name} is declared.`)
  const given = Object.entries(command.params.properties).map(([param, shape]) => {
    const flags = command.options.find(one => one.param === param || one.param === `${param}_stdin`)?.flags
    const typed = flags ?? command.arguments[command.words.indexOf(param)] ?? ''
    const right = declared.more?.[param] === undefined ? '' : `; takes the right \`${declared.more[param]}\``
    return `| \`${typed.replaceAll('|', '\\|')}\` | \`${param}\` | ${cell(shape.description ?? '')}${right} |\n`
  })
  const table = given.length > 0 ? `| typed | in JSON | |\n|---|---|---|\n${given.join('')}\n` : ''
  return `### corpus ${usageOf(command)}

${command.does}

${table}    $ ${command.example}

\`${command.http}\`, a ${command.kind}, needs \`${command.right}\`${
    command.own === undefined ? '' : `, or that it is one's own ${command.own}`
  }. Answers ${shapeText(declared.answer)}${command.json === 'lines' ? ', one a line' : ''}.

`
}

/** A shape in words: `{name, url or null}`. */
function shapeText(shape: TSchema): string {
  if (shape['const'] !== undefined) return `\`${String(shape['const'])}\``
  const choices = shape['anyOf'] as readonly TSchema[] | undefined
  if (choices) return [...new Set(choices.map(shapeText))].join(' or ')
  if (shape['type'] === 'array') return `a list of ${shapeText(shape['items'] as TSchema)}`
  if (shape['type'] !== 'object')
    return typeof shape['type'] === 'string' ? (words[shape['type']] ?? 'a value') : 'a value'
  const properties = shape['properties'] as Readonly<Record<string, TSchema>> | undefined
  return properties === undefined
    ? 'a mapping'
    : `{${Object.keys(properties)
        .map(key => `\`${key}\``)
        .join(', ')}}`
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
