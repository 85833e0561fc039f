/** Where traffic goes: the ports of the processes that serve, and those that their successors will have. */
import type { ProcessName } from '../kernel/names.ts'
import type { Running } from './driver.ts'

export interface Traffic {
  readonly ports: ReadonlyMap<ProcessName, readonly number[]>
  readonly nextPorts: ReadonlyMap<ProcessName, readonly number[]>
}

export function trafficOf(serving: readonly Running[]): Traffic {
  const collect = (portOf: (one: Running) => number | null) => {
    const ports = new Map<ProcessName, readonly number[]>()
    for (const one of serving) {
      const port = portOf(one)
      if (port !== null) ports.set(one.process, [...(ports.get(one.process) ?? []), port])
    }
    return ports
  }
  return { ports: collect(one => one.address?.port ?? null), nextPorts: collect(one => one.nextPort) }
}
