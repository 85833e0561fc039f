/** Python's format specification: what follows the colon in `{:>8.2f}`, and the number styles that % shares. */
import { refuseHuge, typeError, valueError } from './error.ts'
import type { Float } from './float.ts'
import { exponentText, fixed, floatText } from './float-text.ts'
import { asNumber } from './integer.ts'
import { asForeign, isInteger, isNumber, typeName } from './kind.ts'
import { str } from './repr.ts'
import { characterOf, characters, textLength, textOf } from './text.ts'
import type { Value } from './value.ts'

interface Spec {
  fill: string
  align: string
  sign: string
  alternate: boolean
  width: number
  grouping: string
  precision: number | undefined
  type: string
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?z?(#)?(0)?(\d+)?([_,])?(?:\.(\d+))?([a-zA-Z%])?$/su

/** What `format(value, spec)` gives. */
export function formatValue(value: Value, specification: string): string {
  if (specification === '') return str(value)
  const spec = parse(specification, value)
  if (typeof value === 'string') return formatText(value, spec)
  const foreign = asForeign(value)
  if (foreign?.pyType === 'Markup') return formatText(str(value), spec)
  if (!isNumber(value)) throw typeError(`unsupported format string passed to ${typeName(value)}.__format__`)
  const { sign, digits } = numberParts(value, spec)
  return pad(sign, digits, spec)
}

/** Digits of a float in one of the styles e f g %, without its sign. */
export function floatDigits(value: number, style: string, precision: number, alternate = false): string {
  refuseHuge(precision * 1000, 'this number')
  const positive = Math.abs(value)
  if (!Number.isFinite(positive)) return floatText(positive)
  const digits = styledDigits(positive, style.toLowerCase(), precision, alternate)
  return alternate && !digits.includes('.') ? digits.replace(/^\d+/, '$&.') : digits
}

function styledDigits(positive: number, style: string, precision: number, alternate: boolean): string {
  switch (style) {
    case 'e':
      return exponential(positive, precision)
    case 'f':
      return fixed(positive, precision)
    case '%':
      return `${fixed(positive * 100, precision)}%`
    default:
      return general(positive, precision || 1, alternate)
  }
}

/** Digits of a whole number in another base, with its prefix where wanted. */
export function integerDigits(value: number | bigint | boolean, style: string, alternate: boolean): string {
  const positive = BigInt(value) < 0n ? -BigInt(value) : BigInt(value)
  const bases: Readonly<Record<string, readonly [number, string]>> = { b: [2, '0b'], o: [8, '0o'], x: [16, '0x'] }
  const [base, prefix] = bases[style.toLowerCase()] ?? [10, '']
  const text = (alternate ? prefix : '') + positive.toString(base)
  return style === 'X' ? text.toUpperCase() : text
}

function parse(text: string, value: Value): Spec {
  const match = SPEC.exec(text)
  if (!match) throw valueError(`Invalid format specifier '${text}' for object of type '${typeName(value)}'`)
  const [, fill, align, sign, alternate, zero, width, grouping, precision, type] = match
  const kind = type ?? (typeof value === 'string' ? 's' : '')
  if (grouping && (/[snc]/.test(kind) || (grouping === ',' && /[boxX]/.test(kind))))
    throw valueError(`Cannot specify '${grouping}' with '${kind}'.`)
  refuseHuge(Number(width ?? 0), 'this text')
  return {
    fill: fill ?? (zero ? '0' : ' '),
    align: align ?? (zero && typeof value !== 'string' ? '=' : ''),
    sign: sign ?? '',
    alternate: Boolean(alternate),
    width: Number(width ?? 0),
    grouping: grouping ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  }
}

function formatText(text: string, spec: Spec): string {
  if (spec.type && spec.type !== 's') throw unknownCode(spec.type, 'str')
  if (spec.sign) throw valueError(`${spec.sign === ' ' ? 'Space' : 'Sign'} not allowed in string format specifier`)
  if (spec.alternate) throw valueError('Alternate form (#) not allowed in string format specifier')
  if (spec.align === '=') throw valueError("'=' alignment not allowed in string format specifier")
  const cut = spec.precision === undefined ? text : textOf(characters(text).slice(0, spec.precision))
  return pad('', cut, { ...spec, align: spec.align || '<' })
}

function numberParts(value: number | bigint | boolean | Float, spec: Spec): { sign: string; digits: string } {
  const number = asNumber(value) ?? 0
  const below = number < 0 || Object.is(number, -0)
  const sign = below ? '-' : spec.sign === '-' ? '' : spec.sign
  if (isInteger(value) && !/^[eEfFgG%]$/.test(spec.type)) return { sign, digits: wholeDigits(value, spec) }
  return { sign, digits: realDigits(number, spec) }
}

function wholeDigits(value: number | bigint | boolean, spec: Spec): string {
  if (spec.type === 'c') return codePoint(value, spec)
  if (spec.type && !/^[bdoxXn]$/.test(spec.type)) throw unknownCode(spec.type, 'int')
  if (spec.precision !== undefined) throw valueError('Precision not allowed in integer format specifier')
  const digits = integerDigits(value, spec.type || 'd', spec.alternate)
  return grouped(digits, spec, /^[boxX]$/.test(spec.type) ? 4 : 3)
}

function codePoint(value: number | bigint | boolean, spec: Spec): string {
  if (spec.precision !== undefined) throw valueError('Precision not allowed in integer format specifier')
  if (spec.sign) throw valueError("Sign not allowed with integer format specifier 'c'")
  if (spec.alternate) throw valueError("Alternate form (#) not allowed with integer format specifier 'c'")
  return characterOf(Number(value))
}

function realDigits(number: number, spec: Spec): string {
  if (spec.type && !/^[eEfFgGn%]$/.test(spec.type)) throw unknownCode(spec.type, 'float')
  const digits = spec.type
    ? floatDigits(number, spec.type === 'n' ? 'g' : spec.type, spec.precision ?? 6, spec.alternate)
    : spec.precision === undefined
      ? floatText(Math.abs(number))
      : plain(Math.abs(number), spec.precision)
  const result = grouped(digits, spec, 3)
  return /^[EFG]$/.test(spec.type) ? result.toUpperCase() : result
}

function unknownCode(type: string, kind: string): Error {
  return valueError(`Unknown format code '${type}' for object of type '${kind}'`)
}

function grouped(digits: string, spec: Spec, every: number): string {
  if (!spec.grouping) return digits
  const whole = /^(?:0[box])?[0-9a-fA-F]*/.exec(digits)?.[0] ?? ''
  const pattern = new RegExp(`\\B(?=([0-9a-fA-F]{${every}})+$)`, 'g')
  return whole.replace(pattern, spec.grouping) + digits.slice(whole.length)
}

/** A number with only a precision: like g, but with a digit after the point. */
function plain(value: number, precision: number): string {
  const text = general(value, precision || 1, false, precision - 1)
  return /[.einf]/.test(text) ? text : `${text}.0`
}

function exponential(value: number, precision: number): string {
  const [mantissa = '', exponent = '0'] = halfToEven(value, Math.min(precision, 100)).split('e')
  return `${mantissa}e${exponentText(Number(exponent))}`
}

/** JavaScript rounds a half up; Python to the even digit. */
function halfToEven(value: number, precision: number): string {
  const rounded = value.toExponential(precision)
  const exact = value.toExponential(100)
  const digits = exact.split('e')[0]?.replace('.', '') ?? ''
  const isHalf = /^50*$/.test(digits.slice(precision + 1))
  if (!isHalf || !/[02468]/.test(digits[precision] ?? '')) return rounded
  const kept = digits.slice(0, precision + 1)
  return `${kept[0]}${precision ? `.${kept.slice(1)}` : ''}e${exact.split('e')[1]}`
}

function general(value: number, precision: number, alternate: boolean, limit = precision): string {
  const exponent = value === 0 ? 0 : Number(value.toExponential(Math.min(precision - 1, 100)).split('e')[1])
  const trim = (text: string) => (alternate || !text.includes('.') ? text : text.replace(/\.?0+$/, ''))
  if (exponent >= -4 && exponent < limit) return trim(fixed(value, Math.max(0, precision - 1 - exponent)))
  const [mantissa = '', power = ''] = exponential(value, precision - 1).split('e')
  return `${trim(mantissa)}e${power}`
}

function pad(sign: string, digits: string, spec: Spec): string {
  const missing = Math.max(0, spec.width - textLength(sign + digits))
  const align = spec.align || '>'
  if (align === '<') return sign + digits + spec.fill.repeat(missing)
  if (align === '>') return spec.fill.repeat(missing) + sign + digits
  if (align === '=') return sign + spec.fill.repeat(missing) + digits
  const left = Math.floor(missing / 2)
  return spec.fill.repeat(left) + sign + digits + spec.fill.repeat(missing - left)
}
