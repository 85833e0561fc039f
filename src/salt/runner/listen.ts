/** Who listens to whom: the reactions that come after everything else. */

import { indexOf, type StepIndex } from '../compiler/requisites.ts'
import { textOf } from '../definition/values.ts'
import type { Step } from '../language/step.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import type { StepResult } from './result.ts'

export interface Listeners {
  /** Once for each listener that heard something, in order. */
  readonly calls: readonly Step[]
  /** Targets and listeners that nothing declares. */
  readonly lost: readonly Target[]
}

interface Target {
  readonly module: string
  readonly id: string
}

/** A listening relation as written: indexes of the listeners, and what they listen to. */
interface Relation {
  readonly listeners: readonly number[]
  readonly listener: Target
  readonly to: Target
}

export function listeners(steps: readonly Step[], done: ReadonlyMap<number, StepResult>): Listeners {
  if (!steps.some(({ arguments: args }) => args.has('listen') || args.has('listen_in'))) return { calls: [], lost: [] }
  const index = indexOf(steps)
  const hearing = new Set<number>()
  const lost = new Map<string, Target>()
  for (const relation of steps.flatMap((step, at) => relationsOf(step, at, index))) {
    const targets = index.find(relation.to.module, relation.to.id)
    if (targets.length === 0) lost.set(`${relation.to.module}:${relation.to.id}`, relation.to)
    for (const target of targets) {
      if (!done.get(target)?.changes.size) continue
      const { listener } = relation
      if (relation.listeners.length === 0) lost.set(`${listener.module}:${listener.id}`, listener)
      for (const at of relation.listeners) hearing.add(at)
    }
  }
  return {
    calls: [...hearing].map(at => steps[at] as Step),
    lost: [...lost.values()],
  }
}

function relationsOf(step: Step, at: number, index: StepIndex): Relation[] {
  const own: Target = { module: step.module, id: step.id }
  const to = targetsOf(step.arguments.get('listen')).map(target => ({ listeners: [at], listener: own, to: target }))
  const from = targetsOf(step.arguments.get('listen_in')).map(target => ({
    listeners: index.find(target.module, target.id),
    listener: target,
    to: own,
  }))
  return [...to, ...from]
}

function targetsOf(list: Value | undefined): Target[] {
  if (!Array.isArray(list)) return []
  return list.flatMap(item =>
    item instanceof Dict
      ? [...item].map(([module, id]) => ({ module: textOf(module), id: textOf(id) }))
      : [{ module: 'id', id: textOf(item) }],
  )
}
