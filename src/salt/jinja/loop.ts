/** The `loop` variable of a for loop. */

import { callable } from '../python/call.ts'
import { equals } from '../python/compare.ts'
import { typeError } from '../python/error.ts'
import { Tuple } from '../python/tuple.ts'
import type { Foreign, Value } from '../python/value.ts'
import type { Scope } from './scope.ts'

export class Loop implements Foreign {
  readonly pyType = 'jinja2.runtime.LoopContext'
  readonly #items: readonly Value[]
  readonly #scope: Scope
  readonly #depth: number
  readonly #recurse: ((items: Value, depth: number) => Value) | null
  #last: Value | undefined
  /** Counts from 0. */
  index = 0

  constructor(
    items: readonly Value[],
    scope: Scope,
    depth: number,
    recurse: ((items: Value, depth: number) => Value) | null,
  ) {
    this.#items = items
    this.#scope = scope
    this.#depth = depth
    this.#recurse = recurse
  }
  pyLength(): number {
    return this.#items.length
  }
  pyText(): string {
    return `<LoopContext ${this.index + 1}/${this.#items.length}>`
  }
  /** `loop(items)` in a recursive loop. */
  pyCall(args: readonly Value[]): Value {
    if (!this.#recurse) throw typeError("The loop must have the 'recursive' marker to be called recursively.")
    const [items] = args
    if (items === undefined)
      throw typeError("LoopContext.__call__() missing 1 required positional argument: 'iterable'")
    return this.#recurse(items, this.#depth + 1)
  }
  pyGet(name: string): Value | undefined {
    const { index } = this
    const { length } = this.#items
    switch (name) {
      case 'index':
        return index + 1
      case 'index0':
        return index
      case 'revindex':
        return length - index
      case 'revindex0':
        return length - index - 1
      case 'first':
        return index === 0
      case 'last':
        return index === length - 1
      case 'length':
        return length
      case 'depth':
        return this.#depth + 1
      case 'depth0':
        return this.#depth
      case 'previtem':
        return this.#neighbour(index - 1, 'there is no previous item')
      case 'nextitem':
        return this.#neighbour(index + 1, 'there is no next item')
      case 'cycle':
        return callable('cycle', args => this.#cycle(args))
      case 'changed':
        return callable('changed', args => this.#changed(new Tuple(args)))
      default:
        return undefined
    }
  }
  #neighbour(at: number, complaint: string): Value {
    const item = this.#items[at]
    return item === undefined ? this.#scope.undefined(complaint) : item
  }
  #cycle(values: readonly Value[]): Value {
    if (values.length === 0) throw typeError('no items for cycling given')
    return values[this.index % values.length] ?? null
  }
  #changed(value: Value): boolean {
    if (this.#last !== undefined && equals(this.#last, value)) return false
    this.#last = value
    return true
  }
}
