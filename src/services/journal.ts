/** Lines of instances from a journal: the last ones, and each as it comes. */

import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import type { Program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import type { Driver, Journal, JournalEntry } from './driver.ts'
import type { InstanceName } from './instance.ts'
import { pause } from './waiting.ts'

/** More names than this would make a command line that the kernel does not take; the newest releases are those that are asked for. */
const mostNames = 500

/** Of a project, what runs and what is gone but has said something, newest releases last. */
export async function journalNames(
  { driver, shell }: { readonly driver: Driver; readonly shell: Shell },
  journal: Journal,
  project: ProjectName,
  isAsked: (name: InstanceName) => boolean,
): Promise<readonly InstanceName[]> {
  const known = journal.names(await printed(shell, journal.namesCommand))
  const all = new Set([...known, ...(await driver.list(project)).map(one => one.name)])
  return [...all]
    .filter(name => name.startsWith(`${project}.`) && isAsked(name))
    .sort()
    .slice(-mostNames)
}

/** The last lines of all these together, in order of time. */
export async function journalEntries(
  shell: Shell,
  journal: Journal,
  names: readonly InstanceName[],
  count: number,
): Promise<readonly JournalEntry[]> {
  // Without a name every line of the machine would match.
  if (names.length === 0) return []
  const text = await printed(shell, journal.linesCommand(names, { follow: false, lines: count }))
  return text
    .split('\n')
    .flatMap(line => journal.entry(line) ?? [])
    .flatMap(linesOf)
    .slice(-count)
}

/** Calls `onEntry` for each line from now on, of processes that come later from their first on, until the signal. */
export async function followJournal(
  { driver, shell }: { readonly driver: Driver; readonly shell: Shell },
  journal: Journal,
  project: ProjectName,
  isAsked: (name: InstanceName) => boolean,
  onEntry: (entry: JournalEntry) => void,
  signal: AbortSignal,
): Promise<void> {
  const follows = new Map<string, Promise<unknown>>()
  for (let first = true; !signal.aborted; first = false) {
    for (const { name } of await driver.list(project)) {
      if (follows.has(name) || !isAsked(name)) continue
      const argv = journal.linesCommand([name], { follow: true, lines: first ? 0 : 'all' })
      const onOutput = byLine(line => {
        const entry = journal.entry(line)
        if (entry) for (const one of linesOf(entry)) onEntry(one)
      })
      follows.set(name, shell.run({ argv, signal, onOutput, keepBytes: 0 }))
    }
    await pause(500)
  }
  await Promise.all(follows.values())
}

/** A message may hold several lines. */
const linesOf = (entry: JournalEntry): readonly JournalEntry[] =>
  entry.text
    .replace(/\n$/, '')
    .split('\n')
    .map(text => ({ ...entry, text }))

/** Output comes in pieces that end anywhere, in the middle of a letter too. */
function byLine(onLine: (line: string) => void): (piece: Uint8Array, stream: 'stdout' | 'stderr') => void {
  const decoder = new TextDecoder()
  let rest = ''
  return (piece, stream) => {
    if (stream !== 'stdout') return
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
}

async function printed(shell: Shell, argv: readonly [Program, ...string[]]): Promise<string> {
  const ended = await shell.run({ argv, timeoutSeconds: 60 })
  const said = textOf(ended.stderr).trim() || (ended.spawnError ?? '')
  // It ends with 1 without a word when nothing matched.
  if (ended.status !== 0 && said !== '')
    throw new CorpusError('SUPERVISOR_FAILED', `${argv[0]} ended with ${ended.status}.`, { detail: said })
  return textOf(ended.stdout)
}
