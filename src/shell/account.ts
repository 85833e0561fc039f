/** Accounts of this machine, read from /etc/passwd: no process, and a push asks for one each time. */
import { readFileSync } from 'node:fs'
import type { Account } from './shell.ts'

export function findAccount(name: string): Account | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [user, , uid, gid, , home] = line.split(':')
    if (user === name) return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/' }
  }
  return null
}

export const isRoot = (): boolean => process.getuid?.() === 0
