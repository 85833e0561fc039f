/** Lines of key=value. */

import { StateException } from '../definition/exceptions.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { listOf } from '../python/iterate.ts'
import type { Value } from '../python/value.ts'
import { shellQuote } from '../system/shell-words.ts'

/** A mapping, or a list of pairs. */
export function writeKeyValue(value: Value, options: Dict): string {
  const separator = textOf(options.get('separator') ?? '=')
  const pairs = value instanceof Dict ? [...value] : listOf(value).map(pair => listOf(pair))
  const quotes = truthOf(options.get('quoting') ?? false)
  return pairs
    .map(([key = '', item = '']) => textOf(key) + separator + (quotes ? shellQuote(textOf(item)) : textOf(item)))
    .join(textOf(options.get('line_ending') ?? '\n'))
}

export function readKeyValue(text: string, options: Dict): Dict {
  const separator = textOf(options.get('separator') ?? '=')
  const found = new Dict()
  for (const line of text.split(/\r?\n/).filter(one => one !== '')) {
    const at = line.indexOf(separator)
    if (at < 0) throw new StateException('ValueError', 'not enough values to unpack (expected 2, got 1)')
    const value = line.slice(at + separator.length)
    found.set(line.slice(0, at), options.get('quoting') === false ? value.replace(/^(["'])(.*)\1$/s, '$2') : value)
  }
  return found
}
