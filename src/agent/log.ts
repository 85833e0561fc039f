/** The log that warm runners write to, of at most two files: one that is written to, and the one before it. */
import { existsSync, renameSync, statSync } from 'node:fs'

const largestBytes = 1024 * 1024

export interface AgentLog<Writer extends object> {
  /** For each writer that has opened the file, before it writes. */
  began(writer: Writer): void
  ended(writer: Writer): void
  /**
   * Puts a large log aside, as `<log>.1`. Writers hold their file open and go on in it, so that no line is lost: the one
   * before it goes only when nobody writes there any more. Returns those who write into what was put aside; they may be
   * replaced when they have nothing to do.
   */
  rotate(): readonly Writer[]
}

export function agentLog<Writer extends object>(path: string, limitBytes = largestBytes): AgentLog<Writer> {
  let writers = new Set<Writer>()
  let aside = new Set<Writer>()
  return {
    began: writer => void writers.add(writer),
    ended(writer) {
      writers.delete(writer)
      aside.delete(writer)
    },
    rotate() {
      if (aside.size === 0 && existsSync(path) && statSync(path).size > limitBytes) {
        renameSync(path, `${path}.1`)
        aside = writers
        writers = new Set()
      }
      return [...aside]
    },
  }
}
