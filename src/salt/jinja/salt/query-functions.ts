/** The functions of JMESPath. */
import { operate } from '../../python/arithmetic.ts'
import { callValue } from '../../python/call.ts'
import { compare, contains } from '../../python/compare.ts'
import { Dict } from '../../python/dict.ts'
import { PyError } from '../../python/error.ts'
import { Float } from '../../python/float.ts'
import { asNumber, integerOf } from '../../python/integer.ts'
import { lengthOf, listOf } from '../../python/iterate.ts'
import { writeJson } from '../../python/json.ts'
import { isNumber, typeName } from '../../python/kind.ts'
import { sorted } from '../../python/methods/list.ts'
import { readFloat, readInteger } from '../../python/number-text.ts'
import { str } from '../../python/repr.ts'
import type { Value } from '../../python/value.ts'

type Run = (args: readonly Value[]) => Value

export function queryFunction(name: string): Run {
  const run = FUNCTIONS.get(name)
  if (!run) throw new PyError('jmespath.exceptions.UnknownFunctionError', `Unknown function: ${name}()`)
  return run
}

const TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  bool: 'boolean',
  int: 'number',
  float: 'number',
  list: 'array',
  tuple: 'array',
  NoneType: 'null',
}

const FUNCTIONS: ReadonlyMap<string, Run> = new Map<string, Run>([
  ['abs', ([value = null]) => (number(value) < 0 ? operate('*', value, -1) : value)],
  ['avg', ([value = null]) => mean(listOf(value))],
  ['ceil', ([value = null]) => integerOf(Math.ceil(number(value)))],
  ['contains', ([value = null, item = null]) => contains(value, item)],
  ['ends_with', ([value = null, end = null]) => text(value).endsWith(text(end))],
  ['floor', ([value = null]) => integerOf(Math.floor(number(value)))],
  ['join', ([between = null, items = null]) => listOf(items).map(text).join(text(between))],
  ['keys', ([value = null]) => [...dict(value).keys()]],
  ['length', ([value = null]) => lengthOf(value)],
  ['map', ([change = null, items = null]) => listOf(items).map(item => callValue(change, [item]))],
  ['max', ([items = null]) => extreme(listOf(items), item => item, 1)],
  ['max_by', ([items = null, key = null]) => extreme(listOf(items), item => callValue(key, [item]), 1)],
  ['merge', args => Dict.of(args.flatMap(arg => [...dict(arg)]))],
  ['min', ([items = null]) => extreme(listOf(items), item => item, -1)],
  ['min_by', ([items = null, key = null]) => extreme(listOf(items), item => callValue(key, [item]), -1)],
  ['not_null', args => args.find(arg => arg !== null) ?? null],
  [
    'reverse',
    ([value = null]) => (typeof value === 'string' ? [...value].reverse().join('') : listOf(value).reverse()),
  ],
  ['sort', ([items = null]) => sorted(listOf(items), item => item, false)],
  ['sort_by', ([items = null, key = null]) => sorted(listOf(items), item => callValue(key, [item]), false)],
  ['starts_with', ([value = null, start = null]) => text(value).startsWith(text(start))],
  ['sum', ([items = null]) => listOf(items).reduce((sum, item) => operate('+', sum, item), 0)],
  ['to_array', ([value = null]) => (Array.isArray(value) ? value : [value])],
  ['to_number', ([value = null]) => toNumber(value)],
  ['to_string', ([value = null]) => (typeof value === 'string' ? value : writeJson(value, { separators: [',', ':'] }))],
  ['type', ([value = null]) => TYPES[typeName(value)] ?? 'object'],
  ['values', ([value = null]) => [...dict(value).values()]],
])

function wrong(value: Value, wanted: string): PyError {
  return new PyError(
    'jmespath.exceptions.JMESPathTypeError',
    `invalid type for value: ${str(value)}, expected ${wanted}`,
  )
}

function number(value: Value): number {
  const found = typeof value === 'boolean' ? undefined : asNumber(value)
  if (found === undefined) throw wrong(value, 'a number')
  return found
}
function text(value: Value): string {
  if (typeof value !== 'string') throw wrong(value, 'a string')
  return value
}
function dict(value: Value): Dict {
  if (!(value instanceof Dict)) throw wrong(value, 'an object')
  return value
}

function mean(items: readonly Value[]): Value {
  return items.length ? new Float(items.reduce((sum: number, item) => sum + number(item), 0) / items.length) : null
}

function extreme(items: readonly Value[], key: (item: Value) => Value, sign: 1 | -1): Value {
  let best: Value | undefined
  for (const item of items) if (best === undefined || compare(key(item), key(best)) * sign > 0) best = item
  return best ?? null
}

function toNumber(value: Value): Value {
  if (typeof value !== 'string') return isNumber(value) && typeof value !== 'boolean' ? value : null
  const real = readFloat(value)
  return readInteger(value) ?? (real === undefined ? null : new Float(real))
}
