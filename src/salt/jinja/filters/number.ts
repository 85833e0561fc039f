/** Jinja's filters over numbers. */

import { negative, positive } from '../../python/arithmetic.ts'
import { PyError, typeError } from '../../python/error.ts'
import { Float } from '../../python/float.ts'
import { fixed, rounded } from '../../python/float-text.ts'
import { asIndex, asNumber, integerOf } from '../../python/integer.ts'
import { isInteger, typeName } from '../../python/kind.ts'
import { readFloat, readInteger } from '../../python/number-text.ts'
import { truth } from '../../python/truth.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { defineFilter } from '../define.ts'
import { argumentError } from '../getter.ts'
import { isUndefined } from '../undefined.ts'

export const numberFilters = [
  defineFilter({
    name: 'abs',
    does: 'The number without its sign.',
    run: value => {
      const number = asNumber(value)
      if (number === undefined) throw typeError(`bad operand type for abs(): '${typeName(value)}'`)
      return number < 0 ? negative(value) : positive(value)
    },
  }),
  defineFilter({
    name: 'int',
    does: 'The value as a whole number, or the default where it is none.',
    takes: { default: 0, base: 10 },
    run: (value, _, otherwise, base) => wholeOf(value, asIndex(base)) ?? otherwise,
  }),
  defineFilter({
    name: 'float',
    does: 'The value as a number with a fraction, or the default where it is none.',
    takes: { default: new Float(0) },
    run: (value, _, otherwise) => {
      const number = realOf(value)
      return number === undefined ? otherwise : new Float(number)
    },
  }),
  defineFilter({
    name: 'round',
    does: "Rounded to so many digits: method 'common' (half to even), 'ceil' or 'floor'.",
    takes: { precision: 0, method: 'common' },
    run: (value, _, precision, method) => round(value, asIndex(precision), method),
  }),
  defineFilter({
    name: 'filesizeformat',
    does: 'A number of bytes for people: 13 kB, 4.1 MB; in powers of 1024 with binary.',
    takes: { binary: false },
    run: (value, _, binary) => sizeText(realOf(value), truth(binary)),
  }),
]

function realOf(value: Value): number | undefined {
  if (isUndefined(value) && value.strict) value.fail()
  const text = asText(value)
  return text === undefined ? asNumber(value) : readFloat(text)
}

function wholeOf(value: Value, base: number): Value | undefined {
  if (isInteger(value)) return typeof value === 'boolean' ? Number(value) : value
  const text = asText(value)
  const whole = text === undefined ? undefined : readInteger(text, base)
  if (whole !== undefined) return whole
  const real = realOf(value)
  return real === undefined || !Number.isFinite(real) ? undefined : integerOf(Math.trunc(real))
}

function round(value: Value, precision: number, method: Value): Value {
  if (method !== 'common' && method !== 'ceil' && method !== 'floor')
    throw argumentError('method must be common, ceil or floor')
  const number = asNumber(value)
  if (number === undefined) {
    if (isUndefined(value)) value.fail()
    throw typeError(`type ${typeName(value)} doesn't define __round__ method`)
  }
  if (method === 'common') {
    if (!isInteger(value)) return new Float(rounded(number, precision))
    return precision >= 0 ? value : integerOf(rounded(number, precision))
  }
  const unit = 10 ** precision
  return new Float(Math[method](number * unit) / unit)
}

const DECIMAL = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
const BINARY = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']

function sizeText(bytes: number | undefined, binary: boolean): string {
  if (bytes === undefined) throw new PyError('ValueError', 'could not convert to float')
  const base = binary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  const prefixes = binary ? BINARY : DECIMAL
  const at = prefixes.findIndex((_, place) => bytes < base ** (place + 2))
  const place = at < 0 ? prefixes.length - 1 : at
  return `${fixed((base * bytes) / base ** (place + 2), 1)} ${prefixes[place]}`
}
