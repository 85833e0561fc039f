/** Texts as Python counts them: by code points, where JavaScript counts UTF-16 units. */

import { PyError } from './error.ts'

const SURROGATE = /[\ud800-\udfff]/
/** Python's whitespace, as the inside of a character class. */
export const WHITESPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** The characters of a text, as something that can be indexed. */
export function characters(text: string): string | string[] {
  return SURROGATE.test(text) ? Array.from(text) : text
}
export function textLength(text: string): number {
  return SURROGATE.test(text) ? Array.from(text).length : text.length
}
export function textOf(part: string | readonly string[]): string {
  return typeof part === 'string' ? part : part.join('')
}

/** `chr()`, in the words of %c. */
export function characterOf(code: number): string {
  if (code < 0 || code > 0x10ffff) throw new PyError('OverflowError', '%c arg not in range(0x110000)')
  return String.fromCodePoint(code)
}

export function capitalized(text: string): string {
  const [first = ''] = characters(text)
  return first.toUpperCase() + text.slice(first.length).toLowerCase()
}

/** What Python keeps unescaped in a repr. */
export function isPrintable(text: string): boolean {
  return !/[\p{C}\p{Z}]/u.test(text.replaceAll(' ', ''))
}
