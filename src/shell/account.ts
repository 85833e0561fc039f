/** Accounts of this machine, read from /etc/passwd: no process, and a push asks for one each time. */
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Account } from './shell.ts'

export function findAccount(name: string): Account | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid, , home] = line.split(':')
    if (user === name) return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/' }
  }
  return null
}

/** How an account is called in sentences: by its name, where it has one. */
export function accountName(uid: number): string {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , id] = line.split(':')
    if (user && Number(id) === uid) return user
  }
  return `the user ${uid}`
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Who runs this. A user id need not have a name. */
export function ownName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}
