/** Accounts and groups of this machine, read from /etc where they stand there, else asked of getent(1). */

import { program } from '../../shell/programs.ts'
import type { Account, Shell } from '../../shell/shell.ts'
import { textOf } from '../../shell/shell.ts'
import { readFileSync } from './files.ts'

export interface AccountEntry extends Account {
  readonly gecos: string
  readonly shell: string
  /** The password field of /etc/passwd, mostly "x". */
  readonly password: string
}

export interface GroupEntry {
  readonly name: string
  readonly password: string
  readonly gid: number
  readonly members: readonly string[]
}

export function findAccount(shell: Shell, nameOrId: string | number): AccountEntry | null {
  const rows = [...etcRows('passwd'), ...getent(shell, 'passwd', nameOrId)]
  const wanted = String(nameOrId)
  const row = rows.find(fields => fields[0] === wanted) ?? rows.find(fields => fields[2] === wanted)
  return row ? accountOf(row) : null
}

export function findGroup(shell: Shell, nameOrId: string | number): GroupEntry | null {
  const rows = [...etcRows('group'), ...getent(shell, 'group', nameOrId)]
  const wanted = String(nameOrId)
  const row = rows.find(fields => fields[0] === wanted) ?? rows.find(fields => fields[2] === wanted)
  return row ? groupOf(row) : null
}

export function allAccounts(): AccountEntry[] {
  return etcRows('passwd').map(accountOf)
}

export function allGroups(): GroupEntry[] {
  return etcRows('group').map(groupOf)
}

function accountOf(fields: string[]): AccountEntry {
  const [name = '', password = '', uid = '', gid = '', gecos = '', home = '', shell = ''] = fields
  return { name, password, uid: Number(uid), gid: Number(gid), gecos, home, shell }
}

function groupOf(fields: string[]): GroupEntry {
  const [name = '', password = '', gid = '', members = ''] = fields
  return { name, password, gid: Number(gid), members: members === '' ? [] : members.split(',') }
}

function etcRows(base: 'passwd' | 'group'): string[][] {
  try {
    return rowsOf(readFileSync(`/etc/${base}`, 'utf8'))
  } catch {
    return []
  }
}

/** Only for names that /etc lacks (LDAP and the like): a process costs more than a file. */
function* getent(shell: Shell, base: 'passwd' | 'group', key: string | number): Generator<string[]> {
  const wanted = String(key)
  if (wanted === '' || wanted.startsWith('-')) return
  if (etcRows(base).some(fields => fields[0] === wanted || fields[2] === wanted)) return
  const asked = shell.runSync({ argv: [program('getent'), base, wanted], timeoutSeconds: 10 })
  if (asked.status === 0) yield* rowsOf(textOf(asked.stdout))
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.includes(':') && !line.startsWith('#'))
    .map(line => line.split(':'))
}
