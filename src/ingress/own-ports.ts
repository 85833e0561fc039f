/** Ports of an nginx of our own: chosen once, kept, so that an address stays what it was. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { jsonIfThere, textIfThere, writeWhole } from '../kernel/files.ts'
import { isOurOwn } from '../shell/own-process.ts'
import { withLock } from './lock.ts'
import type { IngressPlace } from './place.ts'

/**
 * The port of an owner (`http`, `https`, or a project), chosen from a range when it has none. While our nginx does not run,
 * a port that another took meanwhile is given up. Roots begin at different places of the range: two that choose at the same
 * moment do not choose the same.
 */
export async function ownPort(
  place: IngressPlace,
  owner: string,
  range: { first: number; last: number },
): Promise<number> {
  const file = join(place.home, 'ports.json')
  const known = jsonIfThere<Record<string, number>>(file)?.[owner]
  if (known !== undefined && (isRunning(place) || (await isFree(known)))) return known
  return withLock(place, 'ports', async () => {
    const ports = jsonIfThere<Record<string, number>>(file) ?? {}
    const taken = new Set(Object.values(ports))
    const count = range.last - range.first + 1
    const begin = createHash('sha256').update(`${place.home} ${owner}`).digest().readUInt32BE() % count
    for (let step = 0; step < count; step++) {
      const port = range.first + ((begin + step) % count)
      if (taken.has(port) || !(await isFree(port))) continue
      writeWhole(file, `${JSON.stringify({ ...ports, [owner]: port }, null, 1)}\n`)
      return port
    }
    throw new CorpusError('PORTS_EXHAUSTED', `No port from ${range.first} to ${range.last} is free.`)
  })
}

function isRunning(place: IngressPlace): boolean {
  const pid = Number(textIfThere(join(place.home, 'nginx.pid')))
  return pid > 1 && isOurOwn(pid) && (textIfThere(`/proc/${pid}/cmdline`)?.includes('nginx') ?? false)
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
