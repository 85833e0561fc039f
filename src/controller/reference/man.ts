/** The manual page, in man(7), generated from the commands and the catalogue of errors. */
import { catalogue, exitStatus } from '../../kernel/errors.ts'
import { type ClientCommand, clientCommands } from './client-commands.ts'
import { type Command, commands, usageOf } from './commands.ts'
import { groups } from './groups.ts'

export function manualPage(): string {
  const lookedUp = new Map(commands.map(one => [one.name, one]))
  const parts = groups.map(({ title, commands: names }) => {
    const entries = names.flatMap(name => {
      const definition = lookedUp.get(name)
      return definition ? [entry(definition)] : []
    })
    return `.SS ${text(title)}\n${entries.join('')}`
  })
  parts.push(`.SS Another machine\n${clientCommands.map(clientEntry).join('')}`)
  const statuses = Object.entries(exitStatus).map(([word, status]) => {
    const codes = Object.entries(catalogue).flatMap(([code, { exit }]) => (exit === status ? [code] : []))
    return `.TP\n.B ${status}\n${text(word)}${codes.length > 0 ? text(`: ${codes.join(', ')}`) : ''}\n`
  })
  return `.TH CORPUS 1 "" "corpus" "User Commands"
.SH NAME
corpus \\- push-to-deploy for people who run their own machines
.SH SYNOPSIS
.B corpus
[\\fB\\-e\\fR \\fIENV\\fR]
.I COMMAND
[\\fINAME\\fR] [\\fIWORDS\\fR] [\\fIOPTIONS\\fR]
.SH DESCRIPTION
A push into the repository of a project runs its pipeline: its state files, its build, its processes. In a clone of a
project NAME may be left out. With \\fB\\-e\\fR \\fIENV\\fR before the command, another machine is asked. Every command takes \\fB\\-\\-help\\fR, \\fB\\-\\-root\\fR \\fIDIR\\fR and, for an answer that
machines read, \\fB\\-\\-json\\fR.
.SH COMMANDS
${parts.join('')}.SH ENVIRONMENT
.TP
.B CORPUS_ROOT
Below which the projects are; /srv without it.
.TP
.B CORPUS_ENV
The machine that is asked where no \\fB\\-e\\fR says another.
.TP
.B CORPUS_HOST
How pushers reach this machine; its name without it.
.SH EXIT STATUS
${statuses.join('')}.SH SEE ALSO
.BR git (1)
`
}

const clientEntry = ({ usage, does, options, example }: ClientCommand): string => entryOf(usage, does, options, example)

const entry = (definition: Command): string =>
  entryOf(usageOf(definition), definition.does, definition.options, definition.example)

function entryOf(usage: string, does: string, all: ClientCommand['options'], example: string): string {
  const options = all.map(({ flags, does }) => `.RS\n.TP\n.B ${text(flags)}\n${text(does)}\n.RE\n`)
  return `.TP\n.B ${text(`corpus ${usage}`)}\n${text(does)}\n${options.join('')}.RS\n.PP\nExample:\n.B ${text(example)}\n.RE\n`
}

/** What roff would read for itself: backslashes, hyphens, and a dot or quote at the beginning of a line. */
const text = (plain: string): string =>
  plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/\n+/g, ' ')
    .replace(/^([.'])/, '\\&$1')
