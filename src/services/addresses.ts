/** Addresses of instances: which ports those in a driver's folder have, the next one, and giving back what nobody has any more. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type InstanceName, portOwner } from './instance.ts'
import type { Place } from './place.ts'
import { type Address, type PortRange, releasePorts, takePort } from './ports.ts'
import { readRecord } from './record.ts'

/** An address for a new instance, beside those of the same process in `folder` (one folder an instance). */
export async function newAddress(place: Place, folder: string, name: InstanceName, range: PortRange): Promise<Address> {
  const inUse = new Set(siblings(folder, name).flatMap(one => readRecord(join(folder, one))?.address?.port ?? []))
  return { host: '127.0.0.1', port: await takePort(place, portOwner(name), inUse, range) }
}

/** After an instance is gone: its ports are kept for the successors that are there already, or given back. */
export function giveBack(place: Place, folder: string, name: InstanceName): void {
  if (siblings(folder, name).length === 0) releasePorts(place, portOwner(name))
}

function siblings(folder: string, name: InstanceName): readonly string[] {
  const owner = portOwner(name)
  try {
    return readdirSync(folder).filter(
      one => one !== name && one.split('.').length === 5 && portOwner(one as InstanceName) === owner,
    )
  } catch {
    return []
  }
}
