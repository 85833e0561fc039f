/** Two declarations that require each other: refused before anything runs, as Salt does. */

import { textOf } from '../definition/values.ts'
import type { Declaration } from '../language/declaration.ts'
import { type Fault, fault } from '../language/faults.ts'
import { Dict } from '../python/dict.ts'

const checked: ReadonlySet<string> = new Set(['require', 'watch', 'prereq', 'onchanges'])

export function mutualRequirements(declarations: readonly Declaration[]): Fault[] {
  const faults: Fault[] = []
  /** ID -> the module whose requisites are kept, and the target IDs with their modules. */
  const wanted = new Map<string, { module: string; targets: Map<string, string> }>()
  for (const { id, sls, place, bodies } of declarations) {
    for (const { module, entries } of bodies) {
      for (const { name, value } of entries) {
        if (!checked.has(name) || !Array.isArray(value)) continue
        const own = { module, targets: new Map<string, string>() }
        wanted.set(id, own)
        for (const item of value) {
          if (!(item instanceof Dict) && typeof item !== 'string') continue
          const [key, target] =
            item instanceof Dict ? (([...item][0] ?? ['', '']).map(textOf) as [string, string]) : ['id', item]
          own.targets.set(target, key)
          const other = wanted.get(target)
          if (!other || other.targets.get(id) !== module || other.module !== key) continue
          const message = `A recursive requisite was found, SLS "${sls}" ID "${id}" ID "${target}"`
          faults.push(fault('circle', message, { sls, place, advice: 'Take one of the two away.' }))
        }
      }
    }
  }
  return faults
}
