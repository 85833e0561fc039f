/** Python's arithmetic: + - * / // % ** and the unary signs, on numbers, texts, lists, tuples and sets. */

import { Dict } from './dict.ts'
import { PyError, refuseHuge, TooMuch, typeError } from './error.ts'
import { Float } from './float.ts'
import { asNumber, integer } from './integer.ts'
import { asForeign, isInteger, isNumber, typeName } from './kind.ts'
import { percent } from './percent.ts'
import { characters } from './text.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export type Operator = '+' | '-' | '*' | '/' | '//' | '%' | '**'

export function operate(operator: Operator, left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    const quick = quickly(operator, left, right)
    if (quick !== undefined) return quick
  }
  const foreign =
    asForeign(left)?.pyOperate?.(operator, right, false) ?? asForeign(right)?.pyOperate?.(operator, left, true)
  if (foreign !== undefined) return foreign
  if (operator === '%' && typeof left === 'string') return percent(left, right)
  if (isNumber(left) && isNumber(right)) return onNumbers(operator, left, right)
  return onContainers(operator, left, right) ?? refuse(operator, left, right)
}

export function negative(value: Value): Value {
  asForeign(value)?.pyOperate?.('-', 0, true)
  if (typeof value === 'number') return 0 - value
  if (value instanceof Float) return new Float(-value.value)
  if (isInteger(value)) return integer(-BigInt(value))
  throw typeError(`bad operand type for unary -: '${typeName(value)}'`)
}

export function positive(value: Value): Value {
  asForeign(value)?.pyOperate?.('+', 0, true)
  if (value instanceof Float) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (isInteger(value)) return value
  throw typeError(`bad operand type for unary +: '${typeName(value)}'`)
}

/** Whole numbers whose result stays exact. */
function quickly(operator: Operator, left: number, right: number): Value | undefined {
  const result =
    operator === '+' ? left + right : operator === '-' ? left - right : operator === '*' ? left * right : undefined
  return result !== undefined && Number.isSafeInteger(result) ? result + 0 : undefined
}

function onNumbers(operator: Operator, left: Value, right: Value): Value {
  const whole = isInteger(left) && isInteger(right)
  const big = typeof left === 'bigint' || typeof right === 'bigint'
  if (operator === '/' && whole && big && right) return new Float(exactQuotient(BigInt(left), BigInt(right)))
  if (operator === '/' || !whole) return onFloats(operator, asNumber(left) ?? 0, asNumber(right) ?? 0, whole)
  return onIntegers(operator, BigInt(left), BigInt(right))
}

function onFloats(operator: Operator, left: number, right: number, whole: boolean): Value {
  if (right === 0 && (operator === '/' || operator === '//' || operator === '%')) throw divisionByZero(operator, whole)
  switch (operator) {
    case '+':
      return new Float(left + right)
    case '-':
      return new Float(left - right)
    case '*':
      return new Float(left * right)
    case '/':
      return new Float(left / right)
    case '//':
      return new Float(divided(left, right).quotient)
    case '%':
      return new Float(divided(left, right).remainder)
    case '**':
      if (left === 0 && right < 0) throw new PyError('ZeroDivisionError', '0.0 cannot be raised to a negative power')
      return new Float(left ** right)
  }
}

/** Floor and remainder, each as exact as a float can be; the remainder has the sign of the divisor. */
function divided(left: number, right: number): { quotient: number; remainder: number } {
  const rest = left % right
  const whole = (left - rest) / right
  if (rest === 0) return { quotient: rounding(whole, left / right), remainder: right < 0 ? -0 : 0 }
  const crosses = rest < 0 !== right < 0
  return { quotient: rounding(crosses ? whole - 1 : whole, left / right), remainder: crosses ? rest + right : rest }
}

/** To the nearest whole number below; a zero has the sign of the true quotient. */
function rounding(quotient: number, exact: number): number {
  if (quotient === 0) return exact < 0 || Object.is(exact, -0) ? -0 : 0
  const floor = Math.floor(quotient)
  return quotient - floor > 0.5 ? floor + 1 : floor
}

/** The quotient of integers beyond 2^53, rounded once. */
function exactQuotient(left: bigint, right: bigint): number {
  const [top, below] = [left < 0n ? -left : left, right < 0n ? -right : right]
  const shift = BigInt(Math.max(0, 66 + Math.ceil(bits(below)) - Math.floor(bits(top))))
  const scaled = top << shift
  const quotient = scaled / below
  const sticky = scaled % below === 0n ? quotient : quotient | 1n
  return (Number(sticky) / 2 ** Number(shift)) * (left < 0n === right < 0n ? 1 : -1)
}

function onIntegers(operator: Operator, left: bigint, right: bigint): Value {
  switch (operator) {
    case '+':
      return integer(left + right)
    case '-':
      return integer(left - right)
    case '*':
      if (bits(left) + bits(right) > LARGEST_BITS) throw new TooMuch('this product')
      return integer(left * right)
    case '**':
      return power(left, right)
    default: {
      if (right === 0n) throw divisionByZero(operator, true)
      const remainder = left % right
      const floored = remainder !== 0n && remainder < 0n !== right < 0n
      if (operator === '%') return integer(floored ? remainder + right : remainder)
      return integer(floored ? left / right - 1n : left / right)
    }
  }
}

const LARGEST_BITS = 100_000

function power(base: bigint, exponent: bigint): Value {
  if (exponent < 0n) {
    if (base === 0n) throw new PyError('ZeroDivisionError', '0.0 cannot be raised to a negative power')
    return new Float(Number(base) ** Number(exponent))
  }
  if (base > 1n || base < -1n) {
    if (exponent > LARGEST_BITS || bits(base) * Number(exponent) > LARGEST_BITS) throw new TooMuch('this power')
  }
  return integer(base ** exponent)
}

function bits(value: bigint): number {
  return typeof integer(value) === 'number' ? Math.log2(Math.abs(Number(value)) + 1) : value.toString(16).length * 4
}

function divisionByZero(operator: Operator, whole: boolean): PyError {
  if (operator === '/') return new PyError('ZeroDivisionError', whole ? 'division by zero' : 'float division by zero')
  if (operator === '//')
    return new PyError(
      'ZeroDivisionError',
      whole ? 'integer division or modulo by zero' : 'float floor division by zero',
    )
  return new PyError('ZeroDivisionError', whole ? 'integer modulo by zero' : 'float modulo')
}

function onContainers(operator: Operator, left: Value, right: Value): Value | undefined {
  if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') {
      refuseHuge(left.length + right.length, 'this text')
      return left + right
    }
    if (Array.isArray(left) && Array.isArray(right)) {
      refuseHuge((left.length + right.length) * 8, 'this list')
      return left.concat(right)
    }
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items])
  }
  if (operator === '*')
    return isInteger(right) ? repeated(left, right) : isInteger(left) ? repeated(right, left) : undefined
  if (operator === '-' && left instanceof Set && right instanceof Set)
    return new Set(Array.from(left).filter(item => !right.has(item)))
  return undefined
}

function repeated(value: Value, times: number | bigint | boolean): Value | undefined {
  const count = Math.max(0, Number(times))
  if (typeof value === 'string') {
    refuseHuge(count * characters(value).length, 'this text')
    return value.repeat(count)
  }
  const items = Array.isArray(value) ? value : value instanceof Tuple ? value.items : undefined
  if (!items) return undefined
  refuseHuge(count * items.length * 8, 'this list')
  const copies = Array.from({ length: items.length ? count : 0 }, () => items).flat()
  return Array.isArray(value) ? copies : new Tuple(copies)
}

function refuse(operator: Operator, left: Value, right: Value): never {
  if (operator === '+') {
    const name = typeName(left)
    if (typeof left === 'string' || Array.isArray(left) || left instanceof Tuple)
      throw typeError(`can only concatenate ${name} (not "${typeName(right)}") to ${name}`)
  }
  if (operator === '*') {
    const sequence = [left, right].some(
      side => typeof side === 'string' || Array.isArray(side) || side instanceof Tuple,
    )
    const other = typeof left === 'string' || Array.isArray(left) || left instanceof Tuple ? right : left
    if (sequence && !(other instanceof Dict))
      throw typeError(`can't multiply sequence by non-int of type '${typeName(other)}'`)
  }
  const shown = operator === '**' ? '** or pow()' : operator
  throw typeError(`unsupported operand type(s) for ${shown}: '${typeName(left)}' and '${typeName(right)}'`)
}
