/** Python's tuple: a frozen list that prints in round brackets. */
import type { Value } from './value.ts'

const NO_NAMES: readonly string[] = []

export class Tuple {
  readonly items: readonly Value[]
  /** Names of the items, where it is a named tuple. */
  readonly names: readonly string[]
  constructor(items: readonly Value[], names: readonly string[] = NO_NAMES) {
    this.items = items
    this.names = names
  }
}
