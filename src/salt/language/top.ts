/** Reads a top file: which SLS names mean this machine, in order. */

import { type Machine, matchers } from '../context/match.ts'
import type { FileRoots } from '../context/roots.ts'
import { Refusal } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { type Fault, fault } from './faults.ts'

export interface TopMatches {
  readonly names: readonly string[]
  readonly faults: readonly Fault[]
}

/** `value` is the data of top.sls: environment -> target -> list of names and `match: kind`. */
export function topMatches(value: Value, machine: Machine, path: string): TopMatches {
  const names: string[] = []
  const faults: Fault[] = []
  const place = { path, line: 1, column: 1 }
  const tell = (message: string, advice: string) => faults.push(fault('shape', message, { place, advice }))
  if (value === null || value === '') return { names, faults }
  if (!(value instanceof Dict)) {
    tell('Top file does not render to a dictionary', "Write `base:` with targets below it: `'*': [name]`.")
    return { names, faults }
  }
  for (const [environment, targets] of value) {
    if (textOf(environment) !== 'base' || targets === null) continue
    if (!(targets instanceof Dict)) {
      tell(
        `The environment ${textOf(environment)} of the top file is not a dictionary`,
        "Write `'*': [name]` below it.",
      )
      continue
    }
    for (const [target, list] of inOrder(targets)) {
      const items = Array.isArray(list) ? list : [list]
      if (!meant(textOf(target), items, machine)) continue
      for (const item of items) {
        if (typeof item === 'string' && !names.includes(item)) names.push(item)
      }
    }
  }
  return { names, faults }
}

export interface TopFile {
  readonly sls: string
  readonly path: string
  readonly address: string
}

/** The top file of a root, where there is one; a fault where it lies where root takes nothing from. */
export function findTop(roots: FileRoots): TopFile | { readonly fault: Fault } | null {
  try {
    const path = roots.find('top.sls')
    return path === null ? null : { sls: 'top', path, address: 'top.sls' }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { fault: fault('source', `${error.message}.`, { sls: 'top' }) }
  }
}

/** `- order: 2` in the list of a target moves it. */
function inOrder(targets: Dict): [Value, Value][] {
  const orderOf = (list: Value): number => {
    for (const item of Array.isArray(list) ? list : []) {
      const order = item instanceof Dict ? item.get('order') : undefined
      if (typeof order === 'number') return order
    }
    return 0
  }
  const entries = [...targets]
  return entries.some(([, list]) => orderOf(list) !== 0)
    ? entries.sort(([, a], [, b]) => orderOf(a) - orderOf(b))
    : entries
}

function meant(target: string, items: readonly Value[], machine: Machine): boolean {
  let kind = 'compound'
  for (const item of items) {
    const match = item instanceof Dict ? item.get('match') : undefined
    if (match !== undefined) kind = textOf(match)
  }
  return matchers[kind]?.(target, machine) ?? false
}
