/** Python's ==, <, in: equality and ordering of every kind of value. */
import { Dict } from './dict.ts'
import { typeError } from './error.ts'
import { hashable } from './hashable.ts'
import { asNumber } from './integer.ts'
import { itemsOf } from './iterate.ts'
import { asForeign, isNumber, typeName } from './kind.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export function equals(left: Value, right: Value): boolean {
  const one = asForeign(left)
  if (one?.pyEquals) return one.pyEquals(right)
  const two = asForeign(right)
  if (two?.pyEquals) return two.pyEquals(left)
  if (left === right) return true
  if (isNumber(left) && isNumber(right)) return numbersEqual(left, right)
  if (Array.isArray(left)) return Array.isArray(right) && sequencesEqual(left, right)
  if (left instanceof Tuple) return right instanceof Tuple && sequencesEqual(left.items, right.items)
  if (left instanceof Dict) return right instanceof Dict && dictsEqual(left, right)
  if (left instanceof Set) return right instanceof Set && left.size === right.size && subset(left, right)
  if (left instanceof Uint8Array)
    return right instanceof Uint8Array && left.length === right.length && left.every((byte, at) => byte === right[at])
  return false
}

export type Ordering = '<' | '<=' | '>' | '>='

export function ordered(operator: Ordering, left: Value, right: Value): boolean {
  if (left instanceof Set && right instanceof Set) return setOrder(operator, left, right)
  const result = compare(left, right, operator)
  switch (operator) {
    case '<':
      return result < 0
    case '<=':
      return result <= 0
    case '>':
      return result > 0
    case '>=':
      return result >= 0
  }
}

/**
 * Negative, zero or positive; NaN where floats cannot be ordered. Throws for kinds that Python does not order.
 * An object of ours that has an order answers the operator with such a number.
 */
export function compare(left: Value, right: Value, operator: Ordering = '<'): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right)
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right)
  if (Array.isArray(left) && Array.isArray(right)) return compareSequences(left, right, operator)
  if (left instanceof Tuple && right instanceof Tuple) return compareSequences(left.items, right.items, operator)
  const given =
    asForeign(left)?.pyOperate?.(operator, right, false) ?? asForeign(right)?.pyOperate?.(operator, left, true)
  if (typeof given === 'number') return given
  throw typeError(`'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`)
}

/** `item in container`. */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    return container.includes(soughtText(item))
  }
  if (container instanceof Dict) return container.has(hashable(item))
  const foreign = asForeign(container)
  if (foreign?.pyContains) return foreign.pyContains(item)
  const items = itemsOf(container)
  if (items === undefined) throw typeError(`argument of type '${typeName(container)}' is not iterable`)
  for (const one of items) if (one === item || equals(one, item)) return true
  return false
}

/** What is looked for in a text: a text, or one that is HTML already (it adds to a str what a str has). */
export function soughtText(item: Value): string {
  if (typeof item === 'string') return item
  const foreign = asForeign(item)
  if (foreign?.pyType === 'Markup') return foreign.pyText?.() ?? ''
  throw typeError(`'in <string>' requires string as left operand, not ${typeName(item)}`)
}

/** A bigint and a float are compared by their exact values, as JavaScript's own < and > do. */
function numbersEqual(left: Value, right: Value): boolean {
  const [one, two] = [rawNumber(left), rawNumber(right)]
  return one === two || (typeof one !== typeof two && !(one < two) && !(one > two))
}

function rawNumber(value: Value): number | bigint {
  return typeof value === 'bigint' ? value : (asNumber(value) ?? 0)
}

function sequencesEqual(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((item, at) => item === right[at] || equals(item, right[at] ?? null))
}

function dictsEqual(left: Dict, right: Dict): boolean {
  if (left.size !== right.size) return false
  for (const [key, value] of left) {
    const other = right.get(key)
    if (other === undefined || !equals(value, other)) return false
  }
  return true
}

function subset(left: Set<Value>, right: Set<Value>): boolean {
  return Array.from(left).every(item => contains(right, item))
}

function setOrder(operator: Ordering, left: Set<Value>, right: Set<Value>): boolean {
  if (operator === '>' || operator === '>=') return setOrder(operator === '>' ? '<' : '<=', right, left)
  return subset(left, right) && (operator === '<=' || left.size < right.size)
}

/** Python orders texts by code point, JavaScript by UTF-16 unit; they differ only where surrogates are. */
function compareTexts(left: string, right: string): number {
  if (left === right) return 0
  if (!/[\ud800-\udfff]/.test(left) && !/[\ud800-\udfff]/.test(right)) return left < right ? -1 : 1
  const [one, two] = [Array.from(left), Array.from(right)]
  for (let at = 0; at < one.length && at < two.length; at++) {
    const difference = (one[at]?.codePointAt(0) ?? 0) - (two[at]?.codePointAt(0) ?? 0)
    if (difference) return difference
  }
  return one.length - two.length
}

function compareNumbers(left: Value, right: Value): number {
  const [one, two] = [rawNumber(left), rawNumber(right)]
  if (one < two) return -1
  return one > two ? 1 : numbersEqual(left, right) ? 0 : Number.NaN
}

function compareSequences(left: readonly Value[], right: readonly Value[], operator: Ordering): number {
  for (let at = 0; at < left.length && at < right.length; at++) {
    const [one, two] = [left[at] ?? null, right[at] ?? null]
    if (one !== two && !equals(one, two)) return compare(one, two, operator)
  }
  return left.length - right.length
}
