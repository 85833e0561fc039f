/** What pillar.get, grains.get and config.get share: a path looked up, a default, a merge. */

import type { Arguments } from '../definition/define.ts'
import { invocationError } from '../definition/exceptions.ts'
import { merged } from '../definition/merge.ts'
import { traverse, traverseOr } from '../definition/traverse.ts'
import { textOf } from '../definition/values.ts'
import { globMatches } from '../language/glob.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

export const filterArguments: Arguments = {
  lookup_dict: { does: 'The choices by name; names may be globs.', type: 'mapping', required: true },
  grain: { does: 'The value that chooses.', type: 'text' },
  merge: { does: 'Laid over what was chosen.', type: 'mapping' },
  default: { does: 'The choice where none fits.', type: 'text', default: 'default' },
  base: { does: 'The choice that lies below the chosen one.', type: 'text' },
}

/** The choice whose name matches one of the values, with base below it and merge over it. */
export function chosen(
  choices: Dict,
  values: readonly Value[],
  options: { fallback: Value; base: Value; merge: Value },
): Value {
  const { fallback, base, merge } = options
  let result: Value = null
  for (const value of values) {
    const entry = [...choices].find(([name]) => globMatches(textOf(name), textOf(value)))
    if (entry) {
      result = entry[1]
      break
    }
  }
  result ??= choices.get(fallback) ?? null
  const lowest = base === null ? undefined : choices.get(base)
  if (lowest !== undefined) {
    if (result === null) result = lowest
    else if (lowest instanceof Dict && result instanceof Dict) result = merged(lowest, result)
  }
  if (merge === null || (merge instanceof Dict && merge.size === 0)) return result
  if (!(merge instanceof Dict)) throw invocationError('filter_by merge argument must be a dictionary.')
  return result instanceof Dict ? merged(result, merge) : result === null ? merge : result
}

/** Values below a path, for filter_by: a list counts each. */
export function valuesAt(data: Value, path: string, delimiter?: string): readonly Value[] {
  const found = traverse(data, path, delimiter)
  if (found === undefined) return []
  return Array.isArray(found) ? found : [found]
}

/** `pillar.item('a', 'b:c')`: a mapping of what was asked for. */
export function items(data: Value, paths: readonly Value[], otherwise: Value, delimiter?: string): Dict {
  return Dict.of(paths.map(path => [path, traverseOr(data, textOf(path), otherwise, delimiter)] as const))
}
