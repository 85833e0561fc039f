/** Ports of an nginx of our own: chosen once, kept, so that an address stays what it was. */
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import type { Shell } from '../shell/shell.ts'
import { withLock } from './lock.ts'
import type { IngressPlace } from './place.ts'

/** The port of an owner (`http`, `https`, or a project), chosen from a range when it has none. */
export async function ownPort(
  place: IngressPlace,
  shell: Shell,
  owner: string,
  range: { first: number; last: number },
): Promise<number> {
  const file = join(place.home, 'ports.json')
  const known = jsonIfThere<Record<string, number>>(file)?.[owner]
  if (known !== undefined) return known
  mkdirSync(dirname(file), { recursive: true })
  return withLock(shell, join(place.home, 'ports.lock'), async () => {
    const ports = jsonIfThere<Record<string, number>>(file) ?? {}
    const there = ports[owner]
    if (there !== undefined) return there
    const taken = new Set(Object.values(ports))
    for (let port = range.first; port <= range.last; port++) {
      if (taken.has(port) || !(await isFree(port))) continue
      writeWhole(file, `${JSON.stringify({ ...ports, [owner]: port }, null, 1)}\n`)
      return port
    }
    throw new CorpusError('PORTS_EXHAUSTED', `No port from ${range.first} to ${range.last} is free.`)
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
