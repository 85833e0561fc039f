/** What the kernel tells of processes and of sockets: /proc, read without starting anything. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type ProcessStat, processStat } from '../kernel/process-stat.ts'
import { usersListeningAtHand } from '../shell/at-hand.ts'
import { mayBelongTo } from './identity.ts'

/** A process that runs. */
export interface ProcessFacts extends ProcessStat {
  readonly pid: number
}

export function processIds(): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
}

/** null when there is no such process. A zombie counts as gone. */
export function processFacts(pid: number): ProcessFacts | null {
  const stat = processStat(pid)
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : { pid, ...stat }
}

/**
 * The processes of an instance: those that carry its mark, those of its main process's session, and their children. The mark of
 * one can be put into the environment of another's: it counts for processes of `uid`, whom the instance runs as.
 */
export function processesOf(mark: string, main: number | null, uid: number): readonly number[] {
  const marked = Buffer.from(`\0${mark}\0`)
  const mayBelong = mayBelongTo(uid)
  const found = new Set<number>()
  const facts = processIds().flatMap(pid => processFacts(pid) ?? [])
  for (const one of facts) {
    if (main !== null && (one.session === main || one.group === main)) found.add(one.pid)
    else {
      const environment = readQuietly(`/proc/${one.pid}/environ`)
      const isMarked = environment && Buffer.concat([Buffer.of(0), environment]).includes(marked)
      if (isMarked && mayBelong(one.pid)) found.add(one.pid)
    }
  }
  for (let grown = true; grown; ) {
    const children = facts.filter(one => found.has(one.parent) && !found.has(one.pid))
    for (const child of children) found.add(child.pid)
    grown = children.length > 0
  }
  found.delete(process.pid)
  return [...found]
}

/** Sends a signal to each; one that is gone already is fine. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // gone already
    }
  }
}

export interface Listener {
  readonly port: number
  /** It takes connections on loopback only. */
  readonly loopback: boolean
}

/** Where the processes listen (TCP). What belongs to processes that we may not look into is not seen. */
export function listenersOf(pids: readonly number[]): readonly Listener[] {
  const inodes = new Set(pids.flatMap(socketInodes))
  return sockets()
    .filter(one => one.state === '0A' && inodes.has(one.inode))
    .map(({ port, loopback }) => ({ port, loopback }))
}

/** Whether an account has a port that is open to the outside: a quick look, before one at its processes. */
export function hasOpenPort(uid: number): boolean {
  return sockets().some(one => one.state === '0A' && !one.loopback && one.uid === uid)
}

/** Whose sockets take what comes to 127.0.0.1 at a port. */
export async function usersListeningAt(port: number): Promise<readonly number[]> {
  const known = await usersListeningAtHand(port)
  if (known) return known
  return sockets().flatMap(one => (one.state === '0A' && one.port === port && one.takesLoopback ? [one.uid] : []))
}

/** How many connections the port has on its server side. */
export function connectionsTo(port: number): number {
  return sockets().filter(one => one.state === '01' && one.port === port).length
}

interface Socket extends Listener {
  /** What comes to 127.0.0.1 may be for it: it listens there, or everywhere. */
  readonly takesLoopback: boolean
  readonly uid: number
  readonly state: string
  readonly inode: string
}

function sockets(): readonly Socket[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(path =>
    (readQuietly(path)?.toString('latin1') ?? '').split('\n').slice(1).flatMap(socketOf),
  )
}

function socketOf(line: string): readonly Socket[] {
  const fields = line.trim().split(/\s+/)
  const [address = '', port] = (fields[1] ?? '').split(':')
  if (port === undefined) return []
  // Words of the address are in the machine's byte order: 127.0.0.1 reads 0100007F, ::1 ends in 01000000.
  const loopback = /7F$/.test(address) || address === '00000000000000000000000001000000'
  return [
    {
      port: Number.parseInt(port, 16),
      loopback,
      takesLoopback: /^(?:0{32}|(?:0{16}(?:FFFF0000|0000FFFF))?(?:0{8}|0100007F|7F000001))$/.test(address),
      state: fields[3] ?? '',
      uid: Number(fields[7]),
      inode: fields[9] ?? '',
    },
  ]
}

function socketInodes(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
      try {
        const match = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))
        return match?.[1] ?? []
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

function readQuietly(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}
