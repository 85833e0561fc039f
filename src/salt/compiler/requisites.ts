/** The table of requisites: which steps each step looks at, worked out once before anything runs. */
import { nearest } from '../../kernel/nearest.ts'
import { textOf } from '../definition/values.ts'
import { type Fault, fault } from '../language/faults.ts'
import { globMatches, isGlob } from '../language/glob.ts'
import type { Step } from '../language/step.ts'
import { type RequisiteKind, requisiteKinds } from '../language/words.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

/** One requisite of a step, as written, with the steps that it means. */
export interface Requisite {
  readonly kind: RequisiteKind
  /** The module, "sls", or "id" for a bare text. */
  readonly by: string
  readonly pattern: string
  /** Indexes of steps, in order. Empty: there is none, which is found when the step's turn comes. */
  readonly targets: readonly number[]
}

export interface Requisites {
  /** By index of the step; in the order in which targets are run. */
  readonly of: readonly (readonly Requisite[])[]
  /** By index: the steps that want to run before this one where this one would change (`prereq`). */
  readonly wantedBefore: ReadonlyMap<number, readonly number[]>
}

export function requisitesOf(steps: readonly Step[], watches: (step: Step) => boolean): Requisites {
  const index = indexOf(steps)
  const of = steps.map(step => rowOf(step, index, watches(step)))
  const wantedBefore = new Map<number, number[]>()
  of.forEach((row, at) => {
    for (const { kind, targets } of row) {
      if (kind !== 'prereq') continue
      for (const target of targets) {
        const wanting = wantedBefore.get(target)
        if (!wanting) wantedBefore.set(target, [at])
        else if (!wanting.includes(at)) wanting.push(at)
      }
    }
  })
  return { of, wantedBefore }
}

/** The steps that one target text means, for requisites and listeners alike. */
export interface StepIndex {
  find(by: string, pattern: string): readonly number[]
}

export function indexOf(steps: readonly Step[]): StepIndex {
  const exact = new Map<string, number[]>()
  const put = (key: string, at: number) => {
    const list = exact.get(key)
    if (!list) exact.set(key, [at])
    else if (list.at(-1) !== at) list.push(at)
  }
  steps.forEach(({ module, id, name, sls }, at) => {
    put(`id\0${id}`, at)
    put(`id\0${name}`, at)
    put(`sls\0${sls}`, at)
    put(`module ${module}\0${id}`, at)
    put(`module ${module}\0${name}`, at)
  })
  const scan = (by: string, pattern: string) => {
    const found: number[] = []
    steps.forEach((step, at) => {
      if (by === 'sls' ? globMatches(pattern, step.sls) : matchesOne(step, by, pattern)) found.push(at)
    })
    return found
  }
  const globs = new Map<string, readonly number[]>()
  return {
    find: (by, pattern) => {
      const key = `${by === 'id' || by === 'sls' ? by : `module ${by}`}\0${pattern}`
      const known = exact.get(key)
      if (!isGlob(pattern)) return known ?? []
      const found = globs.get(key) ?? scan(by, pattern)
      globs.set(key, found)
      return found
    },
  }
}

/** Circles of `require`, `watch` and the like, each named by its path: a doubt, since a run finds them where it gets there. */
export function circles(steps: readonly Step[], table: Requisites): Fault[] {
  const faults: Fault[] = []
  const state = new Uint8Array(steps.length)
  for (let from = 0; from < steps.length; from++) {
    if (state[from]) continue
    const path: { at: number; next: Iterator<number> }[] = []
    const enter = (at: number) => {
      state[at] = 1
      path.push({ at, next: (table.of[at] ?? []).flatMap(({ targets }) => targets)[Symbol.iterator]() })
    }
    enter(from)
    while (path.length) {
      const top = path[path.length - 1] as (typeof path)[number]
      const { value, done } = top.next.next()
      if (done) {
        state[top.at] = 2
        path.pop()
      } else if (state[value] === 1) {
        const ring = path.slice(path.findIndex(({ at }) => at === value)).map(({ at }) => steps[at] as Step)
        faults.push(circleFault(ring))
      } else if (state[value] === 0) enter(value)
    }
  }
  return faults
}

/** Requisites without a target: doubts that name the nearest known ID. */
export function lostTargets(steps: readonly Step[], table: Requisites): Fault[] {
  const known = new Set(steps.flatMap(({ id, name }) => [id, name]))
  return steps.flatMap((step, at) =>
    (table.of[at] ?? [])
      .filter(({ targets }) => targets.length === 0)
      .map(({ kind, by, pattern }) => {
        const near = by === 'sls' ? nearest(pattern, new Set(steps.map(({ sls }) => sls))) : nearest(pattern, known)
        const others = steps.find(({ id, name }) => id === pattern || name === pattern)
        const advice =
          others && by !== 'sls'
            ? `'${pattern}' is a ${others.module} state: write \`- ${others.module}: ${pattern}\`.`
            : near
              ? `Did you mean '${near}'?`
              : 'Declare it, or include the SLS that does.'
        const message = `The ${kind} of ID '${step.id}' in SLS '${step.sls}' names ${by}: ${pattern}, which nothing declares`
        return fault('requisite', message, { sls: step.sls, place: step.place, advice, doubt: true })
      }),
  )
}

function rowOf(step: Step, index: StepIndex, watches: boolean): Requisite[] {
  const given = step.arguments
  if (!requisiteKinds.some(kind => given.has(kind))) return []
  const row: Requisite[] = []
  for (const kind of requisiteKinds) {
    for (const source of sourcesOf(kind, watches)) {
      const list = given.get(source)
      if (Array.isArray(list)) for (const item of list) row.push(...requisiteOf(kind, item, index))
    }
  }
  return row
}

/** Watching a module that cannot react is just requiring. */
function sourcesOf(kind: RequisiteKind, watches: boolean): RequisiteKind[] {
  if (watches) return [kind]
  if (kind === 'require') return ['require', 'watch']
  if (kind === 'require_any') return ['require_any', 'watch_any']
  return kind === 'watch' || kind === 'watch_any' ? [] : [kind]
}

function requisiteOf(kind: RequisiteKind, item: Value, index: StepIndex): Requisite[] {
  if (!(item instanceof Dict)) {
    const pattern = textOf(item)
    return [{ kind, by: 'id', pattern, targets: index.find('id', pattern) }]
  }
  const [first] = item
  if (!first || first[1] === null) return []
  const by = textOf(first[0]).split('.')[0] as string
  const pattern = textOf(first[1])
  return [{ kind, by, pattern, targets: index.find(by, pattern) }]
}

function matchesOne(step: Step, by: string, pattern: string): boolean {
  if (by !== 'id' && by !== step.module) return false
  return globMatches(pattern, step.name) || globMatches(pattern, step.id)
}

function circleFault(ring: readonly Step[]): Fault {
  const [first] = ring as [Step]
  const path = [...ring, first].map(({ id }) => id).join(' -> ')
  const message = `The requisites of ID '${first.id}' in SLS '${first.sls}' lead back to itself: ${path}`
  return fault('circle', message, { sls: first.sls, place: first.place, advice: 'Take one of them away.', doubt: true })
}
