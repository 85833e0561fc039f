/**
 * Python's values as the template language, YAML and the states pass them around.
 *
 * None is null; bool a boolean; int a number (always whole) or, beyond 2^53, a bigint; float a `Float`;
 * str a string; list an array (by reference); tuple a `Tuple`; dict a `Dict`; bytes a Uint8Array; set a Set.
 * What else a template can hold (functions, macros, undefined, namespaces, ranges) implements `Foreign`.
 */
import type { Dict } from './dict.ts'
import type { Float } from './float.ts'
import type { Tuple } from './tuple.ts'

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Tuple
  | Dict
  | Value[]
  | Set<Value>
  | Uint8Array
  | Foreign

/** Keyword arguments of a call, in order. */
export type Keywords = ReadonlyMap<string, Value>

/** An object of ours inside Python's world. */
export interface Foreign {
  /** The type's name as Python prints it: "function", "Undefined", "Namespace". */
  readonly pyType: string
  /** Calls it, where it can be called. */
  pyCall?(args: readonly Value[], keywords: Keywords): Value
  /** An attribute, or undefined where it has none of that name. */
  pyGet?(name: string): Value | undefined
  /** Sets an attribute, where that is allowed. */
  pySet?(name: string, value: Value): void
  /** An item (`x[key]`), or undefined where it has none. */
  pyItem?(key: Value): Value | undefined
  pyIterate?(): Iterable<Value>
  pyLength?(): number
  pyTruth?(): boolean
  /** `item in x`; where absent the items are looked through. */
  pyContains?(item: Value): boolean
  pyEquals?(other: Value): boolean
  /** `x <operator> other`, or `other <operator> x` when reversed; undefined where the operator is not known. */
  pyOperate?(operator: string, other: Value, reversed: boolean): Value | undefined
  /** What str() prints; default `<pyType>`. */
  pyText?(): string
  /** What repr() prints; default what str() prints. */
  pyRepr?(): string
}
