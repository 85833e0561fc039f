/** Puts the steps in order: explicit `order` first, then as the tree is written; `last` and negative numbers at the end. */
import { Float } from '../python/float.ts'
import type { Value } from '../python/value.ts'

/** What decides of a step's place. */
export interface Placed {
  readonly module: string
  readonly function: string
  readonly name: string
  /** The `order` argument, where one was written. */
  readonly asked: Value | undefined
  /** Where it stands in the tree, 10000 and up; undefined where `extend` brought it. */
  readonly position: number | undefined
  /** 1, 2, … among the `names` of one declaration; 0 without names. */
  readonly nameNumber: number
}

export function ordered<T extends Placed>(steps: readonly T[]): { step: T; order: number }[] {
  const cap = capOf(steps)
  return steps
    .map(step => ({ step, order: orderOf(step, cap), tie: `${step.module}${step.name}${step.function}` }))
    .sort((a, b) => a.order - b.order || (a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0))
}

/** The first number behind all explicit ones. */
function capOf(steps: readonly Placed[]): number {
  let cap = 1
  for (const { asked, position } of steps) {
    const order = wholeOf(asked) ?? position
    if (typeof order === 'number' && order > cap - 1 && order > 0) cap = order + 100
  }
  return cap
}

/** `true` is the number 1, as in Python. */
function wholeOf(asked: Value | undefined): Value | undefined {
  return typeof asked === 'boolean' ? Number(asked) : asked
}

function orderOf(step: Placed, cap: number): number {
  const asked = wholeOf(step.asked) ?? step.position
  if (asked === undefined) return cap
  let order: number
  if (asked === 'first') order = 0
  else if (asked === 'last') order = cap + 1_000_000
  else if (asked instanceof Float) order = asked.value
  else order = typeof asked === 'number' ? asked : cap
  order += step.nameNumber / 10_000
  return order < 0 ? cap + 1_000_000 + order : order
}
