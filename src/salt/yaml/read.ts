/** Reads YAML 1.1 as Salt does: one document, into Python's values, in the words of PyYAML where it is wrong. */
import type { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { compose } from './compose.ts'
import { construct, type Places } from './construct.ts'
import { Cursor, refuseControlCharacters } from './cursor.ts'
import { Fault, YamlError } from './error.ts'

export interface YamlSource {
  readonly path: string
  readonly text: string
}

/** From 1; the column in UTF-16 units. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface PlacedYaml {
  readonly value: Value
  /** Where the key of a mapping, or the item of a list with that index, was written. */
  readonly placeOf: (container: Dict | Value[], key: Value) => Place | undefined
}

/** Larger texts are refused unread. */
const largestText = 4 * 1024 * 1024

/** The value of a text with one document; null where there is none. Throws YamlError. */
export function readYaml(source: YamlSource): Value {
  return read(source)
}

/** As `readYaml`, and remembers where everything stood. */
export function readYamlPlaced(source: YamlSource): PlacedYaml {
  const places: Places = new Map()
  const value = read(source, places)
  return {
    value,
    placeOf(container, key) {
      const mark = places.get(container)?.get(key)
      return mark && { line: mark.line + 1, column: mark.column + 1 }
    },
  }
}

function read(source: YamlSource, places?: Places): Value {
  try {
    if (source.text.length > largestText)
      throw new Fault('reader', `the text is larger than ${largestText} characters`, { index: 0, line: 0, column: 0 })
    refuseControlCharacters(source.text)
    const node = compose(new Cursor(source.text))
    return node ? construct(node, places) : null
  } catch (error) {
    if (error instanceof Fault) throw new YamlError(source, error)
    throw error
  }
}
