/** A decorator that keeps the commands of a project within limits, so that a build does not starve what runs. */
import { environmentOf } from './behind.ts'
import { type Enclosure, openEnclosure } from './enclosure.ts'
import type { Limits } from './limits.ts'
import { boundedOutput } from './output.ts'
import type { Command, Outcome, Shell } from './shell.ts'

export interface LimitedShell {
  readonly shell: Shell
  /** Whether a command was stopped because the time for all of them was over. */
  readonly isOutOfTime: () => boolean
  /** Whether the kernel killed something for want of memory: with it a command that failed, or one that went on nevertheless. */
  readonly outOfMemory: () => 'failed' | 'went on' | null
  /** Whether the kernel refused a process for want of room: with it a command that failed, or one that went on nevertheless. */
  readonly outOfProcesses: () => 'failed' | 'went on' | null
  /** What of the limits cannot be held on this machine, a sentence each; known once a command ran. */
  readonly lacks: () => readonly string[]
  /** Takes away what the limits were held with. */
  close(): void
}

const variable = 'CORPUS_LIMITED'
let opened = 0

/** Only commands of the project's own are limited, and nothing is made before the first of them. */
export function limitedShell(shell: Shell, limits: Limits): LimitedShell {
  const id = `${process.pid}-${++opened}`
  let commands = 0
  let deadline: number | null = null
  let enclosure: Enclosure | null = null
  let isOutOfTime = false
  let outOfMemory: 'failed' | 'went on' | null = null
  let outOfProcesses: 'failed' | 'went on' | null = null

  /** What to run, and what to make of its outcome. */
  const output = boundedOutput(limits.outputBytes)
  const begin = (command: Command) => {
    deadline ??= Date.now() + limits.seconds * 1000
    enclosure ??= openEnclosure(shell, limits, id)
    const inside = enclosure
    const said = command.isRead ? undefined : command.onOutput && output.of(command.onOutput)
    const leftSeconds = (deadline - Date.now()) / 1000
    const mark = { variable, value: `${id}-${++commands}` }
    const killsBefore = inside.kills()
    const refusalsBefore = inside.refusals()
    const limited: Command = {
      ...command,
      ...(said && { onOutput: said.add }),
      env: { ...(environmentOf(command) ?? (process.env as Record<string, string>)), [variable]: mark.value },
      timeoutSeconds: Math.min(command.timeoutSeconds ?? leftSeconds, leftSeconds),
      within: [...inside.words(), ...niceWords(limits.nice), ...(command.within ?? [])],
    }
    const settle = (outcome: Outcome): Outcome => {
      said?.end()
      const isFine = outcome.status === 0 && outcome.killedBy === null
      if (inside.kills() > killsBefore) outOfMemory = isFine ? (outOfMemory ?? 'went on') : 'failed'
      if (inside.refusals() > refusalsBefore) outOfProcesses = isFine ? (outOfProcesses ?? 'went on') : 'failed'
      if (outcome.timedOut || command.signal?.aborted) {
        // Who left its process group is stopped all the same.
        inside.killAll(mark)
      } else inside.letGo(mark)
      if (!outcome.timedOut || limited.timeoutSeconds === command.timeoutSeconds) return outcome
      isOutOfTime = true
      return { ...outcome, stoppedBecause: `The time for all commands together was over: ${limits.seconds} seconds` }
    }
    return { limited, settle, isTooLate: leftSeconds <= 0 }
  }

  return {
    shell: {
      async run(command) {
        if (!command.ofProject) return shell.run(command)
        const { limited, settle, isTooLate } = begin(command)
        return settle(isTooLate ? notRun : await shell.run(limited))
      },
      runSync(command) {
        if (!command.ofProject) return shell.runSync(command)
        const { limited, settle, isTooLate } = begin(command)
        return settle(isTooLate ? notRun : shell.runSync(limited))
      },
    },
    isOutOfTime: () => isOutOfTime,
    outOfMemory: () => outOfMemory,
    outOfProcesses: () => outOfProcesses,
    lacks: () => enclosure?.lacks ?? [],
    close: () => enclosure?.close(),
  }
}

const notRun: Outcome = {
  status: 128,
  killedBy: null,
  timedOut: true,
  pid: 0,
  stdout: new Uint8Array(),
  stderr: new Uint8Array(),
}

/** By its path: the environment of a command need not have a PATH. */
const niceWords = (nice: number): string[] => (nice === 0 ? [] : ['/usr/bin/nice', '-n', String(nice)])
