/** Whose a process is: a file of ours may hold the number of one that ended, which another account's has by now. */
import { readFileSync } from 'node:fs'

/** Its real, effective and saved user; none where it is dead, and not yet fetched, or gone. */
export function usersOf(pid: number): readonly number[] {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    if (/^State:\s+[ZX]/m.test(status)) return []
    return /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1).map(Number) ?? []
  } catch {
    return []
  }
}

/** Whether it runs as whoever runs this, and as nobody else: the title that it gave itself can be believed then. */
export function isOurOwn(pid: number): boolean {
  const users = usersOf(pid)
  return users.length > 0 && users.every(uid => uid === process.getuid?.())
}
