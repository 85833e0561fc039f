/** Python's subscripts: `x[1]`, `x[-1]`, `x['key']`, `x[a:b:c]`. */
import { Dict } from './dict.ts'
import { typeError, valueError } from './error.ts'
import { asIndex } from './integer.ts'
import { asForeign, typeName } from './kind.ts'
import { characters, textOf } from './text.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

/** The item, or undefined where there is none of that key or index, or where the kind has no items. */
export function itemOf(value: Value, key: Value): Value | undefined {
  if (value instanceof Dict) return value.get(key)
  const foreign = asForeign(value)
  if (foreign) return foreign.pyItem?.(key)
  if (typeof key !== 'number' && typeof key !== 'boolean') return undefined
  const at = Number(key)
  if (Array.isArray(value)) return value[at < 0 ? at + value.length : at]
  if (value instanceof Tuple) return value.items[at < 0 ? at + value.items.length : at]
  if (typeof value === 'string') {
    const all = characters(value)
    return all[at < 0 ? at + all.length : at]
  }
  return value instanceof Uint8Array ? value.at(at) : undefined
}

export function sliceOf(value: Value, start: Value, stop: Value, step: Value): Value {
  const take = (length: number) => indices(length, start, stop, step)
  if (typeof value === 'string') {
    const all = characters(value)
    if (step === null || step === 1) {
      const { from, to } = bounds(all.length, start, stop, 1)
      return textOf(all.slice(from, Math.max(from, to)))
    }
    return take(all.length)
      .map(at => all[at])
      .join('')
  }
  if (Array.isArray(value)) return take(value.length).map(at => value[at] ?? null)
  if (value instanceof Tuple) return new Tuple(take(value.items.length).map(at => value.items[at] ?? null))
  if (value instanceof Uint8Array) return Uint8Array.from(take(value.length), at => value[at] ?? 0)
  throw typeError(`'${typeName(value)}' object is not subscriptable`)
}

/** The indices that a slice of a sequence of that length takes, in order. */
export function indices(length: number, start: Value, stop: Value, step: Value): number[] {
  const stride = step === null ? 1 : asIndex(step)
  if (stride === 0) throw valueError('slice step cannot be zero')
  const { from, to } = bounds(length, start, stop, stride)
  const taken: number[] = []
  if (stride > 0) for (let at = from; at < to; at += stride) taken.push(at)
  else for (let at = from; at > to; at += stride) taken.push(at)
  return taken
}

function bounds(length: number, start: Value, stop: Value, stride: number): { from: number; to: number } {
  const [low, high] = stride > 0 ? [0, length] : [-1, length - 1]
  const place = (given: Value, otherwise: number) => {
    if (given === null) return otherwise
    const at = sliceIndex(given)
    return Math.min(Math.max(at < 0 ? at + length : at, low), high)
  }
  return stride > 0
    ? { from: place(start, low), to: place(stop, high) }
    : { from: place(start, high), to: place(stop, low) }
}

function sliceIndex(value: Value): number {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return asIndex(value)
  throw typeError('slice indices must be integers or None or have an __index__ method')
}
