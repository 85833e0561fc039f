/** Names in one spelling as names in another: camelCase and snake_case. */

import { capitalized } from '../../python/text.ts'

/** `camelCase` and `CamelCase` as `camel_case`; of a run of capitals the last one begins the next word. */
export function snakeCase(text: string): string {
  return Array.from(text, (letter, at) => {
    const [before, after] = [text[at - 1] ?? '', text[at + 1] ?? '']
    const begins = at > 0 && isUpper(letter) && (isLower(before) || isLower(after))
    return (begins ? '_' : '') + letter.toLowerCase()
  }).join('')
}

/** `snake_case` as `snakeCase`, or `SnakeCase`. */
export function camelCase(text: string, upper: boolean): string {
  const [first = '', ...others] = text.split('_')
  return [upper ? capitalized(first) : first, ...others.map(capitalized)].join('')
}

function isUpper(letter: string): boolean {
  return letter !== letter.toLowerCase()
}

function isLower(letter: string): boolean {
  return letter !== letter.toUpperCase()
}
