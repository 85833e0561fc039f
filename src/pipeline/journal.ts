/** The journal of one deployment: what has begun and what is done, written before and after each step. */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { textIfThere } from '../kernel/files.ts'

/** Written where a deployment turns back; what had begun before has ended. */
export const wayBack = 'back'

type JournalPhase = 'begin' | 'done' | 'failed'

export interface JournalLine {
  readonly at: number
  readonly step: string
  readonly phase: JournalPhase
}

export interface Journal {
  /**
   * Appends a line. It survives the death of this process at once; `durable` also waits for the disk, for steps after
   * which a power cut must find it.
   */
  write(step: string, phase: JournalPhase, durable?: boolean): void
  /** What this process began, the oldest first, each once: also that for which the disk had no room. */
  begun(): readonly string[]
  close(): void
}

export function openJournal(path: string): Journal {
  const file = openSync(path, 'a', 0o640)
  const begun = new Set<string>()
  return {
    write(step, phase, durable = false) {
      if (phase === 'begin') begun.add(step)
      try {
        writeSync(file, `${JSON.stringify({ at: Date.now(), step, phase } satisfies JournalLine)}\n`)
        if (durable) fdatasyncSync(file)
      } catch (error) {
        // A full disk loses the line, not the way back: recovery goes by the record and the current release.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
      dieHereIfAsked(`${step}:${phase}`)
    },
    begun: () => [...begun],
    close: () => closeSync(file),
  }
}

/** The steps that have begun and not ended, the innermost last: procedures, and state files (with their ending) in them. */
export function stepsUnderWay(lines: readonly JournalLine[]): readonly string[] {
  let open: string[] = []
  for (const { step, phase } of lines) {
    if (step === wayBack) open = []
    else if (phase === 'begin') open.push(step)
    else open = open.filter(one => one !== step)
  }
  return open
}

export const isStateFile = (step: string): boolean => step.endsWith('.sls')

/** The lines of a journal; a line that was torn by a crash is left out. */
export function readJournal(path: string): JournalLine[] {
  const lines: JournalLine[] = []
  for (const line of (textIfThere(path) ?? '').split('\n')) {
    try {
      if (line) lines.push(JSON.parse(line) as JournalLine)
    } catch {
      // the last line, half written
    }
  }
  return lines
}

/** Stories kill the runner at a step of their choice, to prove that the next command finds the old release or the new. */
function dieHereIfAsked(step: string): void {
  if (process.env['CORPUS_DIE_AT'] === step) process.kill(process.pid, 'SIGKILL')
}
