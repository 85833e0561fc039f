/** Whether something of a process group still runs. */
import { readdirSync, readFileSync } from 'node:fs'

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
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The second field is a name in brackets that may hold anything.
    const [state = 'X', , itsGroup] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return Number(itsGroup) === group && state !== 'Z' && state !== 'X'
  } catch {
    return false
  }
}
