/** A step: one call of one state function, as the compiler hands it to the runner; frozen. */
import { Dict } from '../python/dict.ts'

/** Where a declaration stands in its source. */
export interface Place {
  readonly path: string
  readonly line: number
  readonly column: number
}

export interface Step {
  /** "file", in `file.managed`. */
  readonly module: string
  /** "managed", in `file.managed`. */
  readonly function: string
  readonly id: string
  readonly name: string
  readonly sls: string
  /** Sorts the steps: explicit `order`, else the place in the tree. */
  readonly order: number
  /** All arguments as written, requisites, guards and `name` among them. */
  readonly arguments: Dict
  readonly place: Place
}

/** A step as `state.show_lowstate` prints it. */
export function stepDict(step: Step): Dict {
  const row = Dict.of(step.arguments)
  const own = { state: step.module, fun: step.function, name: step.name, __id__: step.id, __sls__: step.sls }
  for (const [key, value] of Object.entries({ ...own, __env__: 'base', order: step.order })) row.set(key, value)
  return row
}
