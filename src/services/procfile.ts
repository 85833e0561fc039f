/** Reads a Procfile: one process type a line, `name: command`. */
import { CorpusError } from '../kernel/errors.ts'
import { type ProcessName, processName, shown } from '../kernel/names.ts'

export interface ProcfileEntry {
  readonly name: ProcessName
  /** The application's own command line, run by /bin/sh. */
  readonly command: string
  readonly line: number
}

const longestCommandBytes = 100_000

/** The entries in the order of the file. Empty lines and lines that begin with # say nothing; all faults are told at once. */
export function parseProcfile(text: string): readonly ProcfileEntry[] {
  const entries: ProcfileEntry[] = []
  const faults: string[] = []
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  for (const [index, raw] of lines.entries()) {
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) continue
    const entry = entryOf(content, index + 1)
    if (typeof entry === 'string') {
      faults.push(`line ${index + 1}: ${entry}`)
      continue
    }
    const twin = entries.find(one => one.name === entry.name)
    if (twin) faults.push(`line ${entry.line}: "${entry.name}" is declared in line ${twin.line} already`)
    else entries.push(entry)
  }
  if (faults.length > 0)
    throw new CorpusError('PROCFILE_INVALID', `Procfile, ${faults[0]}.`, { detail: faults.join('\n') })
  return entries
}

/** Throws PROCFILE_INVALID for one that has no line, and so says nothing. */
export function refuseEmpty(entries: readonly ProcfileEntry[]): void {
  if (entries.length === 0)
    throw new CorpusError('PROCFILE_INVALID', 'The Procfile has no line that says what runs.', {
      detail: 'Write `web: COMMAND` into it, or take it out: then what is found in the tree says how it starts.',
    })
}

/** The line `release` is no process but a command that is run once a release, before traffic moves, as elsewhere too. */
export function releaseCommand(entries: readonly ProcfileEntry[]): string | null {
  return entries.find(entry => entry.name === 'release')?.command ?? null
}

function entryOf(content: string, line: number): ProcfileEntry | string {
  const match = /^([^:\s]+)\s*:(?:\s+|$)(.*)$/.exec(content)
  if (!match) return `${shown(content)} is not of the form "name: command"`
  const [, name = '', command = ''] = match
  if (command === '') return `${shown(name)} has no command`
  if (command.includes('\0')) return 'a command cannot hold a NUL'
  if (Buffer.byteLength(command) > longestCommandBytes) return 'the command is longer than 100,000 bytes'
  try {
    return { name: processName(name), command, line }
  } catch {
    return `${shown(name)} is not a process name (letters, digits, "-", "_", beginning with a letter)`
  }
}
