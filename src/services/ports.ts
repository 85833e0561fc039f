/** Hands out loopback ports: each to one instance, recorded as a file, tried by binding. */
import { mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type Place, portsFolder } from './place.ts'

export interface Address {
  readonly host: '127.0.0.1'
  readonly port: number
}

/** Below the range that Linux takes outgoing connections from (32768 and up), so that none of those can sit on one of ours. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

export const usualRange: PortRange = { first: 20_000, last: 29_999 }

/**
 * A port for the process `owner` (`shop.web.1`) that is not in use. Each owner has two, which its releases take in turn: so the one that
 * a process will have next is known while its forerunner still runs, and whoever leads traffic can be prepared for it.
 */
export async function takePort(
  place: Place,
  owner: string,
  inUse: ReadonlySet<number>,
  range: PortRange = usualRange,
): Promise<number> {
  mkdirSync(portsFolder(place), { recursive: true, mode: 0o700 })
  for (const port of portsOf(place, owner)) {
    if (inUse.has(port)) continue
    if (await isFree(port)) return withSecond(place, owner, port, range)
    // Somebody else sits on it.
    unlinkQuietly(join(portsFolder(place), String(port)))
  }
  return withSecond(place, owner, await freshPort(place, owner, range), range)
}

/** The port that the successor of the process at `port` is to have. */
export function nextPort(place: Place, owner: string, port: number): number | null {
  return portsOf(place, owner).find(one => one !== port) ?? null
}

/** Gives back all that `owner` has. */
export function releasePorts(place: Place, owner: string): void {
  for (const port of portsOf(place, owner)) unlinkQuietly(join(portsFolder(place), String(port)))
}

async function withSecond(place: Place, owner: string, port: number, range: PortRange): Promise<number> {
  if (nextPort(place, owner, port) === null) await freshPort(place, owner, range)
  return port
}

async function freshPort(place: Place, owner: string, range: PortRange): Promise<number> {
  const owners = portOwners(place)
  const count = range.last - range.first + 1
  // Each begins elsewhere in the range: a port that was just given back is not the next one to be given.
  const begin = Math.floor(Math.random() * count)
  for (let step = 0; step < count; step++) {
    const port = range.first + ((begin + step) % count)
    if (owners.has(port) || !record(portsFolder(place), port, owner)) continue
    if (await isFree(port)) return port
    unlinkQuietly(join(portsFolder(place), String(port)))
  }
  throw new CorpusError('PORTS_EXHAUSTED', `No port from ${range.first} to ${range.last} is free.`)
}

function portsOf(place: Place, owner: string): readonly number[] {
  return [...portOwners(place)].flatMap(([port, name]) => (name === owner ? [port] : [])).sort((a, b) => a - b)
}

/** Which port belongs to whom. */
export function portOwners(place: Place): ReadonlyMap<number, string> {
  const folder = portsFolder(place)
  const owners = new Map<number, string>()
  for (const name of readdirQuietly(folder)) {
    if (!/^\d{1,5}$/.test(name)) continue
    try {
      owners.set(Number(name), readFileSync(join(folder, name), 'utf8'))
    } catch {
      // given back meanwhile
    }
  }
  return owners
}

/** A file made exclusively is the record: two that ask at once cannot both have made it. */
function record(folder: string, port: number, owner: string): boolean {
  try {
    writeFileSync(join(folder, String(port)), owner, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Nobody listens on it, neither on loopback nor on all interfaces. */
function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function readdirQuietly(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // gone already
  }
}
