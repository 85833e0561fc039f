/** Salt's filters over texts. */

import { callMethod } from '../../python/attribute.ts'
import { PyError, valueError } from '../../python/error.ts'
import { Float } from '../../python/float.ts'
import { integerOf } from '../../python/integer.ts'
import { isNumber } from '../../python/kind.ts'
import { readFloat, readInteger } from '../../python/number-text.ts'
import { str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import type { Value } from '../../python/value.ts'
import { defineFilter } from '../define.ts'
import { plainText } from '../filters/html.ts'
import { camelCase, snakeCase } from './case.ts'

export const saltTextFilters = [
  defineFilter({ name: 'skip', does: 'Nothing: for the sake of what computing the value does.', run: () => '' }),
  defineFilter({ name: 'quote', does: 'Quoted for a shell.', run: value => quoted(str(value)) }),
  defineFilter({
    name: 'unescape',
    does: 'HTML entities as the characters they stand for.',
    run: value => plainText(str(value)),
  }),
  defineFilter({
    name: 'to_snake_case',
    does: 'camelCase as snake_case.',
    run: value => snakeCase(str(value)),
  }),
  defineFilter({
    name: 'to_camelcase',
    does: 'snake_case as camelCase, or with uppercamel as CamelCase.',
    takes: { uppercamel: false },
    run: (value, _, upper) => camelCase(str(value), truth(upper)),
  }),
  defineFilter({
    name: 'to_num',
    aliases: ['str_to_num'],
    does: 'The text as a number where it is one.',
    run: value => asNumberIfAny(value),
  }),
  defineFilter({
    name: 'to_bytes',
    does: 'The text as bytes.',
    takes: { encoding: 'utf-8', errors: 'strict' },
    run: (value, _, encoding) =>
      value instanceof Uint8Array ? value : (callMethod(str(value), 'encode', [encoding]) ?? value),
  }),
  defineFilter({
    name: 'human_to_bytes',
    does: 'A size such as 5M or 1.5 GiB in bytes.',
    takes: { default_unit: 'B', handle_metric: false },
    run: (value, _, unit, metric) => bytesOf(str(value), str(unit), truth(metric)),
  }),
  ...['json_decode_list', 'json_decode_dict', 'json_encode_list', 'json_encode_dict'].map(name =>
    defineFilter({ name, does: 'The value as it is: its texts are Unicode already.', run: (value: Value) => value }),
  ),
]

export function asNumberIfAny(value: Value): Value {
  if (isNumber(value)) return value
  const real = readFloat(str(value))
  return readInteger(str(value)) ?? (real === undefined ? value : new Float(real))
}

function quoted(text: string): string {
  if (text === '') return "''"
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\"'\"'")}'`
}

const UNITS = 'kmgtpezy'

function bytesOf(size: string, defaultUnit: string, metric: boolean): Value {
  const match = /^([0-9.]*)\s*(.*)$/s.exec(size.trim())
  const number = readFloat(match?.[1] || '')
  if (number === undefined) throw new PyError('ValueError', `could not convert string to float: '${match?.[1] ?? ''}'`)
  const unit = (match?.[2] || defaultUnit).toLowerCase()
  if (unit === '' || unit[0] === 'b') return integerOf(Math.trunc(number))
  const power = UNITS.indexOf(unit[0] ?? '') + 1
  if (power === 0) throw valueError(`unknown unit ${unit}`)
  const base = metric && unit.length === 2 && unit[1] === 'b' ? 1000 : 1024
  return integerOf(Math.trunc(number * base ** power))
}
