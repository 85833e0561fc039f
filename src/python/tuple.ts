/** Python's tuple: a frozen list that prints in round brackets. */
import type { Value } from './value.ts'

export class Tuple {
  readonly items: readonly Value[]
  constructor(items: readonly Value[]) {
    this.items = items
  }
}
