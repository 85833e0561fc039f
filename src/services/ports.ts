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

/** The port of `owner`: the one it has, or a free one, recorded before it is given. */
export async function takePort(place: Place, owner: string, range: PortRange = usualRange): Promise<number> {
  const folder = portsFolder(place)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const owners = portOwners(place)
  for (const [port, name] of owners) if (name === owner) return port
  const count = range.last - range.first + 1
  // Each owner begins elsewhere in the range: a port that was just given up is not the next one to be given.
  const begin = Math.floor(Math.random() * count)
  for (let step = 0; step < count; step++) {
    const port = range.first + ((begin + step) % count)
    if (owners.has(port) || !record(folder, port, owner)) continue
    if (await isFree(port)) return port
    unlinkSync(join(folder, String(port)))
  }
  throw new CorpusError('PORTS_EXHAUSTED', `No port from ${range.first} to ${range.last} is free.`)
}

/** Gives back what `owner` has. */
export function releasePort(place: Place, owner: string): void {
  for (const [port, name] of portOwners(place))
    if (name === owner) unlinkQuietly(join(portsFolder(place), String(port)))
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
    writeFileSync(join(folder, String(port)), owner, { flag: 'wx', mode: 0o644 })
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
