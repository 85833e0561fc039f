/** The tree of a YAML text before its scalars have become values. */
import type { Value } from '../python/value.ts'
import type { Mark } from './error.ts'

interface NodeBase {
  tag: string
  readonly start: Mark
  /** How many nodes it stands for with every alias written out. */
  weight: number
  /** The value, once made: an alias is the same value, not a copy. */
  built?: Value
  /** Its value is being made just now: an alias to it from inside would be a ring. */
  open?: boolean
}
export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar'
  readonly value: string
}
export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence'
  readonly items: Node[]
}
export interface MappingNode extends NodeBase {
  readonly kind: 'mapping'
  pairs: [Node, Node][]
}
export type Node = ScalarNode | SequenceNode | MappingNode

/** What begins the tags of YAML's own types; "!!" is short for it. */
export const yamlTag = 'tag:yaml.org,2002:'
