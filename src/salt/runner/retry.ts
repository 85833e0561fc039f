/** How often and until when a failed step is tried again. */
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

export interface Retry {
  readonly attempts: number
  readonly intervalSeconds: number
  readonly splaySeconds: number
  /** The result that ends it. */
  readonly until: boolean
}

const defaults: Retry = { attempts: 2, intervalSeconds: 30, splaySeconds: 0, until: true }

/** Null without `retry`; what is of a wrong type counts as not given. */
export function retryOf(value: Value | undefined): Retry | null {
  if (value === undefined || value === null || value === false) return null
  const args = Array.isArray(value) ? merged(value) : value
  if (!(args instanceof Dict)) return defaults
  const whole = (name: string, otherwise: number) => {
    const found = args.get(name)
    return typeof found === 'number' && found >= 0 ? found : otherwise
  }
  const until = args.get('until')
  return {
    attempts: whole('attempts', defaults.attempts),
    intervalSeconds: whole('interval', defaults.intervalSeconds),
    splaySeconds: whole('splay', defaults.splaySeconds),
    until: typeof until === 'boolean' ? until : defaults.until,
  }
}

function merged(list: readonly Value[]): Dict {
  const all = new Dict()
  for (const item of list) if (item instanceof Dict) for (const [key, value] of item) all.set(key, value)
  return all
}
