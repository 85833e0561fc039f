/** A declaration: what one ID of one SLS asks for, before `names`, requisites and order are worked out; frozen. */
import type { Value } from '../python/value.ts'
import type { Place } from './step.ts'

/** One argument of a list, as written. */
export interface Entry {
  readonly name: string
  readonly value: Value
}

/** One state module under an ID. */
export interface Body {
  readonly module: string
  /** Normally one; none and several are faults. */
  readonly functions: readonly string[]
  readonly entries: readonly Entry[]
  /** The place in the tree, 10000 and up; undefined where `extend` brought it. */
  readonly position: number | undefined
  readonly place: Place
}

export interface Declaration {
  readonly id: string
  readonly sls: string
  readonly place: Place
  readonly bodies: readonly Body[]
}

/** What `extend` says of one ID. */
export interface Extension {
  readonly id: string
  readonly sls: string
  readonly place: Place
  readonly bodies: readonly Body[]
}

export interface Exclusion {
  readonly kind: 'sls' | 'id'
  readonly pattern: string
}

export interface Include {
  readonly name: string
  readonly place: Place
}

/** One SLS, read. */
export interface SlsTree {
  readonly sls: string
  readonly path: string
  readonly includes: readonly Include[]
  readonly declarations: readonly Declaration[]
  readonly extensions: readonly Extension[]
  readonly exclusions: readonly Exclusion[]
}
