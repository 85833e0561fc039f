/** Python's generators: lazy, always true, read once. */
import type { Foreign, Value } from '../python/value.ts'

export class Generator implements Foreign {
  readonly pyType: string
  readonly #items: Iterator<Value>

  constructor(items: Iterable<Value>, pyType = 'generator') {
    this.#items = items[Symbol.iterator]()
    this.pyType = pyType
  }
  /** Goes on where the last reader stopped. */
  pyIterate(): Iterable<Value> {
    const next = () => this.#items.next()
    return { [Symbol.iterator]: () => ({ next }) }
  }
  pyText(): string {
    return `<${this.pyType} object>`
  }
}
