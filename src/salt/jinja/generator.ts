/** Python's generators: lazy, always true, read once. */
import type { Foreign, Value } from '../python/value.ts'

/** Python prints an address, another one each time; a text that stays the same changes no file. */
const ADDRESS = '0x7f0000000000'

export class Generator implements Foreign {
  readonly pyType: string
  readonly #items: Iterator<Value>
  readonly #maker: string

  /** `maker` is the function that Python names when it prints a generator; `pyType` is told of other iterators. */
  constructor(items: Iterable<Value>, { maker = '', pyType = 'generator' }: { maker?: string; pyType?: string }) {
    this.#items = items[Symbol.iterator]()
    this.#maker = maker
    this.pyType = pyType
  }
  /** Goes on where the last reader stopped. */
  pyIterate(): Iterable<Value> {
    const next = () => this.#items.next()
    return { [Symbol.iterator]: () => ({ next }) }
  }
  pyText(): string {
    return `<${this.pyType} object${this.#maker && ` ${this.#maker}`} at ${ADDRESS}>`
  }
}
