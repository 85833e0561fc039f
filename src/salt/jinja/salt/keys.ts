/** Salt's filters that read and write deep inside of mappings by paths such as a:b:c. */
import { Dict } from '../../python/dict.ts'
import { PyError } from '../../python/error.ts'
import { listOf } from '../../python/iterate.ts'
import { pairsOf } from '../../python/methods/dict.ts'
import { repr, str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { defineFilter } from '../define.ts'
import { isUndefined } from '../undefined.ts'
import { asNumberIfAny } from './texts.ts'

const path = { keys: undefined, value: undefined, delimiter: ':', ordered_dict: false }

export const keyFilters = [
  defineFilter({
    name: 'mysql_to_dict',
    does: 'The lines of a table that mysql prints, as mappings by one of its columns.',
    takes: { key: undefined },
    run: (value, _, key) => tableBy(listOf(value).map(str), str(key)),
  }),
  defineFilter({
    name: 'traverse',
    does: 'What stands at a path of keys and indices, or the default.',
    takes: { key: undefined, default: null, delimiter: ':' },
    run: (value, _, key, otherwise, delimiter) => {
      if (isUndefined(value)) value.fail()
      let at: Value | undefined = value
      for (const part of str(key).split(str(delimiter))) at = at === undefined ? undefined : child(at, part)
      return at === undefined ? otherwise : at
    },
  }),
  defineFilter({
    name: 'set_dict_key_value',
    does: 'Sets a value deep inside of a mapping, making the mappings on the way.',
    takes: path,
    run: (value, _, keys, item, delimiter, ordered) => change(value, keys, delimiter, ordered, () => item),
  }),
  defineFilter({
    name: 'append_dict_key_value',
    does: 'Appends a value to a list deep inside of a mapping.',
    takes: path,
    run: (value, _, keys, item, delimiter, ordered) =>
      change(value, keys, delimiter, ordered, before => [...listAt(before, 'append to'), item]),
  }),
  defineFilter({
    name: 'extend_dict_key_value',
    does: 'Extends a list deep inside of a mapping.',
    takes: path,
    run: (value, _, keys, items, delimiter, ordered) =>
      change(value, keys, delimiter, ordered, before => [...listAt(before, 'extend'), ...listOf(items)]),
  }),
  defineFilter({
    name: 'update_dict_key_value',
    does: 'Updates a mapping deep inside of a mapping.',
    takes: path,
    run: (value, _, keys, items, delimiter, ordered) =>
      change(value, keys, delimiter, ordered, before => {
        const merged = new Dict()
        if (before !== undefined) for (const [key, one] of pairsOf(before)) merged.set(key, one)
        for (const [key, one] of pairsOf(items)) merged.set(key, one)
        return merged
      }),
  }),
]

/** The first line that is no rule has the headings, each other one a row; texts of digits become numbers. */
function tableBy(lines: readonly string[], key: string): Dict {
  const cells = (line: string) => line.split('|').map(cell => cell.trim())
  const [headings = [], ...rows] = lines.filter(line => line && !line.startsWith('+')).map(cells)
  const table = new Dict()
  for (const row of rows) {
    const fields = headings.slice(1, -1).map((heading, at) => [heading, asNumberIfAny(row[at + 1] ?? '')] as const)
    const found = Dict.of(fields)
    const at = found.get(key)
    if (at === undefined) throw new PyError('KeyError', repr(key))
    table.set(at, found)
  }
  return table
}

/** One step of a path: a key, an index, or that key in one of the mappings of a list. */
function child(value: Value, part: string): Value | undefined {
  const number = /^-?\d+$/.test(part) ? Number(part) : undefined
  if (value instanceof Dict) return number === undefined || value.has(part) ? value.get(part) : value.get(number)
  const items = value instanceof Tuple ? value.items : value
  if (!Array.isArray(items)) return undefined
  if (number !== undefined) return items.at(number)
  return items.find(item => item instanceof Dict && item.has(part))?.get(part)
}

function change(
  value: Value,
  keys: Value,
  delimiter: Value,
  ordered: Value,
  changed: (before: Value | undefined) => Value,
): Value {
  const parts = str(keys).split(str(delimiter))
  const last = parts.pop() ?? ''
  let at: Value = value
  for (const part of parts) {
    if (!(at instanceof Dict)) throw refuse(part)
    let next = at.get(part)
    if (next === undefined || next === null) {
      next = new Dict(truth(ordered) ? 'OrderedDict' : 'dict')
      at.set(part, next)
    }
    at = next
  }
  if (!(at instanceof Dict)) throw refuse(last)
  at.set(last, changed(at.get(last)))
  return value
}

function listAt(value: Value | undefined, what: string): Value[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  throw new PyError(
    'salt.exceptions.SaltInvocationError',
    `The last key contains a ${typeof value}, which cannot ${what}.`,
  )
}

function refuse(key: string): PyError {
  return new PyError('salt.exceptions.SaltInvocationError', `Unable to create nested key '${key}'.`)
}
