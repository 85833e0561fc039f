/** A decorator that marks what it starts, so that it is found again when the one who started it is dead. */

import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { textIfThere } from '../kernel/files.ts'
import { processStat } from '../kernel/process-stat.ts'
import { withRoom } from '../kernel/room.ts'
import { environmentOf } from './behind.ts'
import type { Command, Shell } from './shell.ts'

const variable = 'CORPUS_DEPLOYMENT'
const rounds = 50

/** A variable with its value, in the environment of what was started. */
export interface Mark {
  readonly variable: string
  readonly value: string
}

/** Every command carries the mark in its environment; the sessions in which they run stand in `list`. */
export function markedShell(shell: Shell, mark: string, list: string): Shell {
  // What blocks this process (a command in a template) runs in its own session.
  const note = (session: number) => withRoom(() => appendFileSync(list, `${session}\n`, { mode: 0o640 }))
  note(sessionOf('self'))
  const marked = (command: Command): Command => ({
    ...command,
    env: { ...(environmentOf(command) ?? (process.env as Record<string, string>)), [variable]: mark },
    onStart: pid => {
      note(pid)
      command.onStart?.(pid)
    },
  })
  return { run: command => shell.run(marked(command)), runSync: command => shell.runSync(marked(command)) }
}

/**
 * Kills what a dead runner left running: marked processes in the sessions that it began. A daemon that a command started
 * has a session of its own and stays.
 */
export function killMarked(mark: string, list: string): number {
  const sessions = new Set((textIfThere(list) ?? '').split('\n').filter(Boolean).map(Number))
  return sessions.size === 0 ? 0 : killCarrying({ variable, value: mark }, pid => sessions.has(sessionOf(pid)))
}

/** Kills every process that has this variable in its environment, or those of them that are meant. */
export function killCarrying(mark: Mark, isMeant: (pid: string) => boolean = () => true): number {
  let killed = 0
  // What forks while it is looked at is found the next time.
  for (let round = 0; round < rounds; round++) {
    const found = carrying(`${mark.variable}=${mark.value}`, isMeant)
    if (found.length === 0) return killed
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
        killed++
      } catch {
        // gone meanwhile
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
  return killed
}

/** Whether a process carries it. */
export const isCarried = (mark: Mark): boolean => carrying(`${mark.variable}=${mark.value}`, () => true).length > 0

/** Gives them the priority that everything has; for root. */
export function raiseCarrying(mark: Mark): void {
  for (const pid of carrying(`${mark.variable}=${mark.value}`, () => true)) {
    try {
      setPriority(pid, 0)
    } catch {
      // gone meanwhile
    }
  }
}

function carrying(entry: string, isMeant: (pid: string) => boolean): number[] {
  return readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return []
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(entry)) return []
      return isMeant(pid) ? [Number(pid)] : []
    } catch {
      // another's, or gone
      return []
    }
  })
}

/** No session where the process is gone. */
const sessionOf = (pid: string): number => processStat(pid)?.session ?? Number.NaN
