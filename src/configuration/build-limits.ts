/** `build` of the configuration: how much of the machine the commands of a project's state files may take. */
import { shown } from '../kernel/names.ts'
import { bytesOf, numberOf, secondsOf } from '../kernel/quantities.ts'
import { Dict } from '../salt/python/dict.ts'
import { Float } from '../salt/python/float.ts'
import type { Value } from '../salt/python/value.ts'
import type { Limits } from '../shell/limits.ts'

/** Nothing limits memory and CPU unless somebody says how much: what a build needs, nobody can guess. What nobody reads is no need. */
export const usualLimits: Limits = {
  nice: 10,
  cpus: null,
  memoryBytes: null,
  processes: null,
  outputBytes: 50 * 1024 ** 2,
  seconds: 3600,
}

interface Field {
  /** What it must be, as the end of "build.KEY must be …". */
  readonly wanted: string
  /** The limit that a value says; undefined where it says none. */
  readonly read: (value: unknown) => Partial<Limits> | undefined
}

const fields: Readonly<Record<string, Field>> = {
  nice: {
    wanted: 'a whole number from 0 to 19',
    read: value => within(numberOf(value), 0, 19, nice => (Number.isInteger(nice) ? { nice } : undefined)),
  },
  cpu: {
    wanted: 'a number of processors from 0.01 to 1024',
    read: value => within(numberOf(value), 0.01, 1024, cpus => ({ cpus })),
  },
  memory: {
    wanted: 'a size such as 512M or 2G, 16M at least',
    read: value => within(bytesOf(value), 16 * 1024 ** 2, 2 ** 50, memoryBytes => ({ memoryBytes })),
  },
  processes: {
    wanted: 'a whole number of processes and threads from 16 to 4194304',
    read: value =>
      within(numberOf(value), 16, 2 ** 22, processes => (Number.isInteger(processes) ? { processes } : undefined)),
  },
  output: {
    wanted: 'a size such as 10M or 1G, 64K at least',
    read: value => within(bytesOf(value), 64 * 1024, 2 ** 40, outputBytes => ({ outputBytes })),
  },
  time: {
    wanted: 'a time such as 90s, 30m or 2h, from a second to a day',
    read: value => within(secondsOf(value), 1, 86_400, seconds => ({ seconds })),
  },
}

/** What is given over what is usual, and a sentence for each fault in it. What is empty counts as not given. */
export function readBuildLimits(value: Value): { readonly limits: Limits; readonly faults: readonly string[] } {
  let limits = usualLimits
  const faults: string[] = []
  for (const [key, one] of value instanceof Dict ? value : []) {
    const field = typeof key === 'string' && Object.hasOwn(fields, key) ? fields[key] : undefined
    if (field === undefined)
      faults.push(`build has no setting ${shown(String(key))}; known are ${Object.keys(fields).join(', ')}`)
    if (field === undefined || one === null) continue
    const given = one instanceof Float ? one.value : one
    const read = field.read(given)
    if (read === undefined) faults.push(`build.${String(key)} must be ${field.wanted}, not ${shown(String(given))}`)
    else limits = { ...limits, ...read }
  }
  return { limits, faults }
}

function within<T>(number: number | undefined, least: number, most: number, use: (number: number) => T): T | undefined {
  return number === undefined || number < least || number > most ? undefined : use(number)
}
