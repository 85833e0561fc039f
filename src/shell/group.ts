/** Whether something of a process group still runs. */
import { readdirSync } from 'node:fs'
import { processStat } from '../kernel/process-stat.ts'

/** A zombie runs no more, however long its parent takes to fetch its status: a group of zombies alone is gone. */
export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0)
  } catch (error) {
    // Its members may have become somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return readdirSync('/proc').some(name => /^\d+$/.test(name) && isMember(name, group))
}

function isMember(pid: string, group: number): boolean {
  const stat = processStat(pid)
  return stat !== null && stat.group === group && stat.state !== 'Z' && stat.state !== 'X'
}
