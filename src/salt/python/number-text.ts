/** Reads numbers from text as Python's int() and float() do; undefined where the text is none. */
import { integer } from './integer.ts'

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const PREFIXES: Readonly<Record<string, number>> = { '0b': 2, '0o': 8, '0x': 16 }

export function readInteger(text: string, base = 10): number | bigint | undefined {
  const match = /^\s*([-+]?)(0[bBoOxX])?(?:_(?=\w))?([\da-zA-Z]+(?:_[\da-zA-Z]+)*)\s*$/.exec(text)
  if (!match || base < 0 || base === 1 || base > 36) return undefined
  const [, sign = '', prefix = '', rest = ''] = match
  const marked = PREFIXES[prefix.toLowerCase()]
  const radix = base === 0 ? (marked ?? 10) : base
  const body = (marked === radix || prefix === '' ? rest : prefix + rest).replaceAll('_', '').toLowerCase()
  let value = 0n
  if (body.length > 4300) return undefined
  for (const digit of body) {
    const worth = DIGITS.indexOf(digit)
    if (worth < 0 || worth >= radix) return undefined
    value = value * BigInt(radix) + BigInt(worth)
  }
  return integer(sign === '-' ? -value : value)
}

export function readFloat(text: string): number | undefined {
  const trimmed = text.trim()
  const named = /^([-+]?)(inf(?:inity)?|nan)$/i.exec(trimmed)
  if (named) {
    const value = named[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return named[1] === '-' ? -value : value
  }
  if (!/^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i.test(trimmed))
    return undefined
  return Number(trimmed.replaceAll('_', ''))
}
