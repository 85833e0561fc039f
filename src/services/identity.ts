/** Whose a process is, as the kernel says it: what stands in its environment, anybody can put there. */
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { accountName, isRoot } from '../shell/account.ts'
import { usersOf } from '../shell/own-process.ts'

export type Ids = (uid: number) => boolean

/** An account's number, and those that it may take on in a namespace of its own. */
export function idsOf(uid: number, name: string): Ids {
  const spans = subordinates(uid, name)
  return id => id === uid || spans.some(({ first, last }) => id >= first && id <= last)
}

/** The numbers that an account may take on in a namespace of its own, as /etc/subuid has them. */
export function subordinates(uid: number, name: string): readonly { readonly first: number; readonly last: number }[] {
  const lines = existsSync('/etc/subuid') ? readFileSync('/etc/subuid', 'utf8').split('\n') : []
  return lines.flatMap(line => {
    const [owner, from, count] = line.split(':')
    const [first, length] = [Number(from), Number(count)]
    const isOne = (owner === name || owner === String(uid)) && first >= 65_536 && length > 0
    return isOne ? [{ first, last: first + length - 1 }] : []
  })
}

/**
 * Whether it runs in a container that root began: that has its own processes, and the users of the machine. An account cannot
 * begin such a one: without being root, who has processes apart has users apart.
 */
export function isInRootsContainer(pid: number): boolean {
  const same = (kind: string) => readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`)
  return !same('pid') && same('user')
}

/** Whether a process can be one of what runs as an account, or of a container where that is root's own. */
export function mayBelongTo(uid: number): (pid: number) => boolean {
  // Others' environments cannot be read.
  if (!isRoot()) return () => true
  const mine = idsOf(uid, accountName(uid))
  return pid => {
    try {
      return usersOf(pid).some(mine) || (uid === 0 && isInRootsContainer(pid))
    } catch {
      return false
    }
  }
}
