/** Shows Python values to JavaScript modules as plain objects and arrays; writing to a mapping writes to the value itself. */

import { fromPlain, textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

export function viewOf(value: Value | undefined): unknown {
  if (value === undefined || value === null) return value
  if (value instanceof Dict) return dictView(value)
  if (Array.isArray(value)) return listView(value)
  if (value instanceof Tuple) return value.items.map(viewOf)
  if (value instanceof Float) return value.value
  return value
}

const views = new WeakMap<object, unknown>()

function dictView(dict: Dict): unknown {
  const known = views.get(dict)
  if (known) return known
  const keyOf = (name: string): Value | undefined =>
    dict.has(name) ? name : [...dict.keys()].find(key => typeof key !== 'string' && textOf(key) === name)
  const valueAt = (name: string | symbol): Value | undefined => {
    const key = typeof name === 'string' ? keyOf(name) : undefined
    return key === undefined ? undefined : dict.get(key)
  }
  const view = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (target, name) => viewOf(valueAt(name)) ?? (valueAt(name) === null ? null : Reflect.get(target, name)),
      has: (_, name) => typeof name === 'string' && keyOf(name) !== undefined,
      set: (_, name, value) => {
        if (typeof name !== 'string') return false
        dict.set(keyOf(name) ?? name, fromPlain(value))
        return true
      },
      deleteProperty: (_, name) => {
        const key = typeof name === 'string' ? keyOf(name) : undefined
        return key === undefined || dict.delete(key)
      },
      ownKeys: () => [...new Set([...dict.keys()].map(textOf))],
      getOwnPropertyDescriptor: (_, name) => {
        const value = valueAt(name)
        return value === undefined
          ? undefined
          : { value: viewOf(value), writable: true, enumerable: true, configurable: true }
      },
    },
  )
  views.set(dict, view)
  return view
}

function listView(list: Value[]): unknown {
  const known = views.get(list)
  if (known) return known
  const view = new Proxy(list as unknown[], {
    get: (target, name) => {
      const found = Reflect.get(target, name) as unknown
      return typeof name === 'string' && /^\d+$/.test(name) ? viewOf(found as Value) : found
    },
    set: (target, name, value) => {
      const isItem = typeof name === 'string' && /^\d+$/.test(name)
      return Reflect.set(target, name, isItem ? fromPlain(value) : value)
    },
  })
  views.set(list, view)
  return view
}
