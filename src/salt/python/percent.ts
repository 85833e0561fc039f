/** Python's % on texts: `'%s has %03d' % (a, b)`, `'%(name)s' % mapping`. */
import { Dict } from './dict.ts'
import { PyError, refuseHuge, typeError, valueError } from './error.ts'
import { floatDigits, integerDigits } from './format-spec.ts'
import { asNumber, integerOf } from './integer.ts'
import { asForeign, isInteger, typeName } from './kind.ts'
import { asciiRepr, repr, str } from './repr.ts'
import { characterOf, characters, textLength, textOf } from './text.ts'
import { truth } from './truth.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

const DIRECTIVE = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?(.)?/gsu

export function percent(template: string, operand: Value): string {
  const args = operand instanceof Tuple ? operand.items : [operand]
  let used = 0
  const next = () => {
    const value = args[used++]
    if (value === undefined) throw typeError('not enough arguments for format string')
    return value
  }
  const text = template.replace(DIRECTIVE, (_, key, flags, width, precision, type, offset: number) => {
    if (type === undefined) throw valueError('incomplete format')
    if (type === '%' && _ === '%%') return '%'
    const wide = width === '*' ? Number(next()) : Number(width ?? 0)
    const places = precision === '*' ? Number(next()) : precision === undefined ? undefined : Number(precision || 0)
    const value = key === undefined ? next() : named(operand, key)
    if (key !== undefined) used = args.length
    refuseHuge(wide, 'this text')
    const where = offset + _.length - 1
    return padded(directive(value, type, String(flags), places, where), String(flags), wide, type)
  })
  if (used < args.length && !hasItems(operand)) throw typeError('not all arguments converted during string formatting')
  return text
}

/** What can be indexed may go unused, as a mapping may: Python tells them apart no further. */
function hasItems(operand: Value): boolean {
  return operand instanceof Dict || Array.isArray(operand) || operand instanceof Uint8Array
}

function named(operand: Value, key: string): Value {
  if (!(operand instanceof Dict)) throw typeError('format requires a mapping')
  const value = operand.get(key)
  if (value === undefined) throw new PyError('KeyError', repr(key))
  return value
}

interface Piece {
  sign: string
  body: string
}

function directive(value: Value, type: string, flags: string, precision: number | undefined, where: number): Piece {
  switch (type) {
    case 's':
    case 'r':
    case 'a': {
      const text = type === 's' ? str(value) : type === 'r' ? repr(value) : asciiRepr(value)
      return { sign: '', body: precision === undefined ? text : textOf(characters(text).slice(0, precision)) }
    }
    case 'c':
      return { sign: '', body: character(value) }
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return signed(whole(value, type), flags, number =>
        integerDigits(number, type, flags.includes('#')).padStart(precision ?? 0, '0'),
      )
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': {
      const number = asNumber(value)
      if (number === undefined) throw refused(value, `must be real number, not ${typeName(value)}`)
      const piece = signed(number, flags, () => floatDigits(number, type, precision ?? 6, flags.includes('#')))
      return type === type.toUpperCase() ? { ...piece, body: piece.body.toUpperCase() } : piece
    }
    default: {
      const hex = (type.codePointAt(0) ?? 0).toString(16)
      throw valueError(`unsupported format character '${type}' (0x${hex}) at index ${where}`)
    }
  }
}

function whole(value: Value, type: string): number | bigint {
  if (isInteger(value)) return typeof value === 'boolean' ? Number(value) : value
  const number = asNumber(value)
  if (number !== undefined && type !== 'x' && type !== 'X' && type !== 'o') return integerOf(Math.trunc(number))
  const wanted = type === 'd' || type === 'i' || type === 'u' ? 'a real number is required' : 'an integer is required'
  throw refused(value, `%${type} format: ${wanted}, not ${typeName(value)}`)
}

/** What is not defined says so itself. */
function refused(value: Value, message: string): Error {
  if (asForeign(value)) truth(value)
  return typeError(message)
}

function character(value: Value): string {
  if (typeof value === 'string' && textLength(value) === 1) return value
  if (isInteger(value)) return characterOf(Number(value))
  throw typeError('%c requires int or char')
}

function signed<Some extends number | bigint>(value: Some, flags: string, digits: (value: Some) => string): Piece {
  const below = value < 0 || Object.is(value, -0)
  return { sign: below ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '', body: digits(value) }
}

function padded({ sign, body }: Piece, flags: string, width: number, type: string): string {
  const missing = Math.max(0, width - textLength(sign + body))
  if (flags.includes('-')) return sign + body + ' '.repeat(missing)
  if (flags.includes('0') && !'srac'.includes(type)) return sign + '0'.repeat(missing) + body
  return ' '.repeat(missing) + sign + body
}
