/** Ends everything that runs, waits or lies about as an account that is about to go: nobody who gets its number inherits it. */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import { usersOf } from '../shell/own-process.ts'
import type { Account, Shell } from '../shell/shell.ts'
import { type Ids, idsOf, isInRootsContainer } from './identity.ts'
import { processIds } from './procfs.ts'
import { pause } from './waiting.ts'

/** What could not be ended or removed, a sentence each. The account must be a project's own, and nobody else's number. */
export async function endAccount(shell: Shell, account: Account): Promise<string[]> {
  removeAppointments(account)
  await endProcesses(account)
  // Who still ran may have made one more; and what cron began in this moment is not to stay.
  removeAppointments(account)
  const left = await endProcesses(account)
  if (left > 0) return [`${left} processes of ${account.name} do not end`]
  await removeExchanges(shell, account)
  return removeFiles(shell, account)
}

const graceMilliseconds = 2000
const longestMilliseconds = 30_000
/** So many are no application that is about to end but one that multiplies. */
const many = 200

/** They are asked first; whoever multiplies meanwhile is held still before it is killed. Returns how many are left. */
async function endProcesses({ uid, name }: Account): Promise<number> {
  const mine = idsOf(uid, name)
  signalThem(mine, 'SIGTERM')
  const grace = Date.now() + graceMilliseconds
  for (let left = processesAs(mine); left.length > 0 && left.length < many && Date.now() < grace; ) {
    await pause(20)
    left = processesAs(mine)
  }
  const end = Date.now() + longestMilliseconds
  return first(async () => {
    while (Date.now() < end) {
      if (processesAs(mine).length === 0) return 0
      // One that is stopped begins no other: once no new one is seen, none escapes.
      const stopped = new Set<number>()
      for (let more = true; more && Date.now() < end; ) {
        const fresh = signalThem(mine, 'SIGSTOP').filter(pid => !stopped.has(pid))
        for (const pid of fresh) stopped.add(pid)
        more = fresh.length > 0
      }
      signalThem(mine, 'SIGKILL')
      await pause(10)
    }
    return processesAs(mine).length
  })
}

/** Among many that want the processor, this goes first, where the machine allows it (a container may not). */
async function first<T>(work: () => Promise<T>): Promise<T> {
  const before = getPriority()
  const isRaised = hasPriority(constants.priority.PRIORITY_HIGHEST)
  try {
    return await work()
  } finally {
    if (isRaised) hasPriority(before)
  }
}

function hasPriority(priority: number): boolean {
  try {
    setPriority(priority)
    return true
  } catch {
    return false
  }
}

/** Sends it to each, if it is still the account's in that moment; returns those. */
function signalThem(mine: Ids, signal: NodeJS.Signals): number[] {
  return processesAs(mine).filter(pid => {
    try {
      process.kill(pid, signal)
      return true
    } catch {
      return false
    }
  })
}

/** Whose real, effective or saved user is the account, wherever it was begun. What is dead and not yet fetched counts as gone. */
function processesAs(mine: Ids): number[] {
  return processIds().filter(pid => {
    try {
      // A container that root began may give the same number to something else.
      return usersOf(pid).some(mine) && !isInRootsContainer(pid)
    } catch {
      return false
    }
  })
}

/** What would begin something as the account later: crontabs, jobs of at, and services that outlive a session. */
function removeAppointments({ name, uid }: Account): void {
  for (const folder of ['/var/spool/cron/crontabs', '/var/spool/cron', '/var/lib/systemd/linger'])
    if (isFile(join(folder, name))) rmSync(join(folder, name), { force: true })
  for (const folder of ['/var/spool/cron/atjobs', '/var/spool/at'])
    for (const entry of entriesOf(folder, uid)) if (isFile(entry)) rmSync(entry, { force: true })
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

/** Shared memory, semaphores and queues of System V live on without a process. */
async function removeExchanges(shell: Shell, { uid }: Account): Promise<void> {
  for (const [kind, flag] of [
    ['shm', '-m'],
    ['sem', '-s'],
    ['msg', '-q'],
  ] as const) {
    const path = `/proc/sysvipc/${kind}`
    const [head = '', ...lines] = existsSync(path) ? readFileSync(path, 'latin1').trim().split('\n') : []
    const names = head.trim().split(/\s+/)
    const at = (name: string) => names.indexOf(name)
    for (const fields of lines.map(line => line.trim().split(/\s+/)))
      if ([fields[at('uid')], fields[at('cuid')]].includes(String(uid)))
        await shell.run({ argv: ['/usr/bin/ipcrm', flag, fields[1] ?? ''], timeoutSeconds: 10 })
  }
}

/** Where everybody may put files. What others put among the account's stays, and is told of. */
async function removeFiles(shell: Shell, { name, uid }: Account): Promise<string[]> {
  const left: string[] = []
  for (const folder of ['/tmp', '/var/tmp', '/dev/shm', '/dev/mqueue', '/run/lock'])
    for (const entry of entriesOf(folder, uid)) {
      const words = ['-xdev', '-depth', '-uid', String(uid), '-delete']
      await shell.run({ argv: ['/usr/bin/find', '-P', entry, ...words], timeoutSeconds: 600 })
      if (lstatSync(entry, { throwIfNoEntry: false }))
        left.push(`${entry} of ${name} has files of others in it and stays`)
    }
  return left
}

/** What the account made at the top of a folder. */
function entriesOf(folder: string, uid: number): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .map(name => join(folder, name))
    .filter(path => lstatSync(path, { throwIfNoEntry: false })?.uid === uid)
}
