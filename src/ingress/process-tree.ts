/** The little that the ingress needs to know of processes: children and titles. */
import { readdirSync, readFileSync } from 'node:fs'
import { processStat } from '../kernel/process-stat.ts'

export function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      const stat = processStat(pid)
      return stat?.parent === parent && stat.state !== 'Z'
    })
}

/** The arguments, or the title that a process gave itself. */
export function commandLineOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
