/** Salt's xml filter: a mapping as an XML document. */
import { Dict } from '../../python/dict.ts'
import { repr, str } from '../../python/repr.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { runtimeError } from '../errors.ts'

interface Element {
  readonly tag: string
  readonly attributes: [string, string][]
  readonly children: Element[]
  text: string
}

/**
 * The first key is the root. Scalars of a mapping are attributes, mappings and lists are elements inside of it; each item of
 * a list is an element under the name of its list.
 */
export function xmlText(value: Value): string {
  const root = elements(pairs(value)).at(-1)
  if (!root) throw runtimeError('Value has no element to be written as xml')
  return `<?xml version="1.0" ?>\n${written(root, '')}`
}

function elements(given: readonly (readonly [string, Value])[]): Element[] {
  return given.flatMap(([tag, value]) =>
    Array.isArray(value) ? value.flatMap(item => elements([[tag, item]])) : [element(tag, value)],
  )
}

function element(tag: string, value: Value): Element {
  const made: Element = { tag, attributes: [], children: [], text: '' }
  if (!(value instanceof Dict) && !(value instanceof Tuple)) {
    made.text = str(value)
    return made
  }
  const inside = pairs(value)
  if (value instanceof Dict)
    for (const [name, item] of inside) if (!isStructure(item)) made.attributes.push([name, str(item)])
  made.children.push(...elements(inside.filter(([, item]) => isStructure(item))))
  return made
}

function isStructure(value: Value): boolean {
  return value instanceof Dict || Array.isArray(value)
}

function pairs(value: Value): (readonly [string, Value])[] {
  if (value instanceof Dict) return Array.from(value, ([key, item]) => [str(key), item] as const)
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : undefined
  if (!items) throw runtimeError(`Value is not a dict or list. Cannot render as xml: ${repr(value)}`)
  return typeof items[0] === 'string' && items.length === 2 ? [[items[0], items[1] ?? null]] : []
}

function written({ tag, attributes, children, text }: Element, indent: string): string {
  const open = `${indent}<${tag}${attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('')}`
  if (children.length)
    return `${open}>\n${children.map(child => written(child, `${indent} `)).join('')}${indent}</${tag}>\n`
  return text === '' ? `${open}/>\n` : `${open}>${escaped(text)}</${tag}>\n`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign)
}
