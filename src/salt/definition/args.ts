/** Reads the arguments of a call as Python functions take them: positional, by keyword, defaults, and gently converted. */
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import type { Arguments } from './define.ts'
import { textOf, truthOf } from './values.ts'

export interface Args {
  /** Whether the caller gave it himself. */
  has(name: string): boolean
  /** As it is; the default where it was not given. */
  value(name: string): Value
  /** As Python's str() prints it; '' for None. */
  text(name: string): string
  textOrNone(name: string): string | null
  /** As Python's bool() has it. */
  flag(name: string): boolean
  /** NaN where it is no number and no text of one. */
  number(name: string): number
  numberOrNone(name: string): number | null
  /** A single value is a list of one; None is an empty one. */
  list(name: string): readonly Value[]
  texts(name: string): readonly string[]
  /** A mapping, or a list of one-key mappings as people write them; None is an empty one. */
  mapping(name: string): Dict
  /** A mode as four or more octal digits ("0644"), "keep", or null where none was given. */
  mode(name: string): string | null
  /** Keywords beyond the definition's arguments. */
  readonly others: Dict
  /** Positional arguments beyond them. */
  readonly rest: readonly Value[]
}

export function readArgs(
  values: ReadonlyMap<string, Value>,
  known: Arguments,
  others: Dict,
  rest: readonly Value[] = [],
): Args {
  const value = (name: string): Value => {
    const found = values.get(name)
    return found !== undefined ? found : (known[name]?.default ?? null)
  }
  const textOrNone = (name: string) => {
    const found = value(name)
    return found === null ? null : textOf(found)
  }
  const numberOrNone = (name: string) => {
    const found = value(name)
    return found === null
      ? null
      : found === ''
        ? Number.NaN
        : Number(typeof found === 'boolean' ? +found : textOf(found))
  }
  const list = (name: string): readonly Value[] => listOf(value(name))
  return {
    has: name => values.has(name),
    value,
    textOrNone,
    text: name => textOrNone(name) ?? '',
    flag: name => truthOf(value(name)),
    numberOrNone,
    number: name => numberOrNone(name) ?? Number.NaN,
    list,
    texts: name => list(name).map(textOf),
    mapping: name => mappingOf(value(name)),
    mode: name => modeOf(value(name)),
    others,
    rest,
  }
}

function listOf(value: Value): readonly Value[] {
  if (value === null) return []
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  return [value]
}

function mappingOf(value: Value): Dict {
  if (value instanceof Dict) return value
  const merged = new Dict()
  for (const item of listOf(value)) if (item instanceof Dict) for (const [key, inner] of item) merged.set(key, inner)
  return merged
}

function modeOf(value: Value): string | null {
  if (value === null) return null
  const text = textOf(value).replace(/^['"]+|['"]+$/g, '')
  return /^keep(_mode)?$/i.test(text) ? 'keep' : text.replace(/^[0Oo]+/, '').padStart(4, '0')
}
