/** Where each key of an SLS stands: worked out by reading it once more, when somebody asks, for most places are never shown. */
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { readYamlPlaced } from '../yaml/index.ts'
import { sourceLine } from './source-line.ts'
import type { Place } from './step.ts'

export interface PlacedText {
  readonly path: string
  /** The template. */
  readonly text: string
  /** What YAML read. */
  readonly rendered: string
  readonly value: Value
}

export type PlaceOf = (container: Dict | Value[], key: Value) => Place

export function placesIn(source: PlacedText): PlaceOf {
  let lookup: PlaceOf | undefined
  return (container, key) =>
    lazyPlace(source.path, () => {
      lookup ??= readPlaces(source)
      return lookup(container, key)
    })
}

/** A place in the rendered text, told by the line of the template that it came from. */
export function templatePlace(source: Omit<PlacedText, 'value'>, found: { line: number; column: number }): Place {
  const { path, text, rendered } = source
  const line = text === rendered ? found.line : (sourceLine(text, rendered, found.line) ?? found.line)
  return { path, line, column: found.column }
}

function lazyPlace(path: string, find: () => Place): Place {
  let place: Place | undefined
  const found = (): Place => {
    place ??= find()
    return place
  }
  return {
    path,
    get line() {
      return found().line
    },
    get column() {
      return found().column
    },
  }
}

/** Reads again with places, and walks both readings side by side to know which container is which. */
function readPlaces(source: PlacedText): PlaceOf {
  const { path, rendered, value } = source
  const read = readYamlPlaced({ path, text: rendered })
  const twins = new Map<Value, Dict | Value[]>()
  pair(value, read.value, twins)
  return (container, key) => {
    const twin = twins.get(container)
    return templatePlace(source, (twin && read.placeOf(twin, key)) ?? { line: 1, column: 1 })
  }
}

function pair(one: Value, other: Value, twins: Map<Value, Dict | Value[]>): void {
  if (twins.has(one)) return
  if (one instanceof Dict && other instanceof Dict) {
    twins.set(one, other)
    for (const [key, inner] of one) pair(inner, other.get(key) ?? null, twins)
  } else if (Array.isArray(one) && Array.isArray(other)) {
    twins.set(one, other)
    one.forEach((inner, at) => {
      pair(inner, other[at] ?? null, twins)
    })
  }
}
