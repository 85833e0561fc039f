/** Fills `{key}` inside the strings of a configuration from `data`, then from the configuration itself. */
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import { Float } from '../salt/python/float.ts'
import { Tuple } from '../salt/python/tuple.ts'
import type { Value } from '../salt/python/value.ts'

/** `{{…}}` belongs to templates and `${…}` to shells: neither is ours. */
const place = /(?<![{$])\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}(?!\})/g
/** What a few lines that name each other may grow to, characters. */
const longest = 1024 * 1024

/**
 * A new configuration in which every `{key}` that names text, a number or a truth value is filled, until nothing is left
 * to fill. What names nothing, a list or a mapping stays as it stands. A circle is an error that names its path.
 */
export function filled(configuration: Dict): Dict {
  const data = configuration.get('data')
  const filling: Filling = { configuration, data: data instanceof Dict ? data : new Dict(), done: new Map(), open: [] }
  return walk(configuration, '', filling) as Dict
}

interface Filling {
  readonly configuration: Dict
  readonly data: Dict
  /** The filled text of each place that was named already. */
  readonly done: Map<string, string>
  /** The places that are being filled, outermost first: one that is met again closes a circle. */
  readonly open: string[]
}

function walk(value: Value, at: string, filling: Filling): Value {
  if (typeof value === 'string') return text(value, at, filling)
  if (Array.isArray(value)) return value.map((item, index) => walk(item, `${at}[${index}]`, filling))
  if (value instanceof Tuple) return new Tuple(value.items.map((item, i) => walk(item, `${at}[${i}]`, filling)))
  if (!(value instanceof Dict)) return value
  const result = new Dict()
  for (const [key, item] of value)
    result.set(key, walk(item, at === '' ? String(key) : `${at}.${String(key)}`, filling))
  return result
}

function text(value: string, at: string, filling: Filling): string {
  if (!value.includes('{')) return value
  // Two places may be written alike (a key may have a dot in it): the text tells them apart.
  const id = `${at}\0${value}`
  const known = filling.done.get(id)
  if (known !== undefined) return known
  if (filling.open.includes(id)) throw circle([...filling.open.slice(filling.open.indexOf(id)), id])
  filling.open.push(id)
  const result = value.replace(place, (whole, key: string) => found(key, at, filling) ?? whole)
  filling.open.pop()
  if (result.length > longest)
    throw new CorpusError('CONFIGURATION_INVALID', `${at} grows beyond 1 MiB when its places are filled.`)
  filling.done.set(id, result)
  return result
}

/** `data: {user: '{user}'}` hands the outer user on: a place never means itself while there is another of its name. */
function found(key: string, at: string, filling: Filling): string | undefined {
  const candidates: [string, Value | undefined][] = [
    [`data.${key}`, inside(filling.data, key)],
    [key, inside(filling.configuration, key)],
  ]
  const there = candidates.filter(([, value]) => value !== undefined)
  const [where, value] = there.find(([name]) => name !== at) ?? there[0] ?? []
  if (where === undefined || value === undefined) return undefined
  return typeof value === 'string' ? text(value, where, filling) : scalar(value)
}

function inside(mapping: Dict, dotted: string): Value | undefined {
  const whole = mapping.get(dotted)
  if (whole !== undefined) return whole
  let value: Value | undefined = mapping
  for (const key of dotted.split('.')) {
    if (!(value instanceof Dict)) return undefined
    value = value.get(key)
  }
  return value
}

/** Text of a scalar as Python prints it; undefined for what is no scalar. */
function scalar(value: Value): string | undefined {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof Float) return Number.isInteger(value.value) ? `${value.value}.0` : String(value.value)
  return undefined
}

function circle(ids: readonly string[]): CorpusError {
  const path = ids.map(id => id.slice(0, id.indexOf('\0')))
  return new CorpusError('CONFIGURATION_CIRCLE', `The configuration names itself in a circle: ${path.join(' -> ')}.`)
}
