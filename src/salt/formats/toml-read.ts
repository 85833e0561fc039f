/** Reads TOML, by smol-toml. Dates and times stay text. */

import { parse, TomlDate, TomlError, type TomlValue } from 'smol-toml'
import { StateException } from '../definition/exceptions.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { integer } from '../python/integer.ts'
import type { Value } from '../python/value.ts'

const deepest = 100

/** Throws a ValueError that names the line. */
export function readToml(text: string): Dict {
  try {
    return dictOf(parse(text, { integersAsBigInt: true, maxDepth: deepest }))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [why = ''] = error.message.replace('Invalid TOML document: ', '').split('\n')
    throw new StateException('ValueError', `${why} (line ${error.line})`)
  }
}

function valueRead(value: TomlValue): Value {
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number') return new Float(value)
  if (value instanceof TomlDate) return value.toISOString().replace(/\.000(?=Z|[-+]|$)/, '')
  if (Array.isArray(value)) return value.map(valueRead)
  return typeof value === 'object' ? dictOf(value) : value
}

const dictOf = (table: { [key: string]: TomlValue }): Dict =>
  Dict.of(Object.entries(table).map(([key, value]) => [key, valueRead(value)] as const))
