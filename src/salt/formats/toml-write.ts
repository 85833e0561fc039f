/** Values as TOML, laid out as Python's toml package does: scalars first, then tables, each after an empty line. */

import { StateException } from '../definition/exceptions.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import { floatText } from '../python/float-text.ts'
import { typeName } from '../python/kind.ts'
import { str } from '../python/repr.ts'
import { Tuple } from '../python/tuple.ts'
import type { Value } from '../python/value.ts'

/** The lines of one table, and the tables inside of it, by their paths. */
interface Section {
  readonly text: string
  readonly tables: readonly (readonly [string, Dict])[]
}

/** None has no place in TOML: its key is left out. */
export function writeToml(value: Value): string {
  if (!(value instanceof Dict)) throw new StateException('TypeError', `'${typeName(value)}' object is no table`)
  const top = section(value, '')
  let text = top.text
  let level = top.tables
  while (level.length) {
    const next: (readonly [string, Dict])[] = []
    for (const [path, table] of level) {
      const inside = section(table, path)
      if (inside.text || inside.tables.length === 0) {
        if (text && !text.endsWith('\n\n')) text += '\n'
        text += `[${path}]\n${inside.text}`
      }
      next.push(...inside.tables)
    }
    level = next
  }
  return text
}

function section(table: Dict, path: string): Section {
  const prefix = path && `${path}.`
  const tables: (readonly [string, Dict])[] = []
  let text = ''
  let arrays = ''
  for (const [name, value] of table) {
    const key = keyText(str(name))
    if (value instanceof Dict) tables.push([prefix + key, value])
    else if (areTables(value)) for (const item of value) arrays += arrayItem(item, prefix + key)
    else if (value !== null) text += `${key} = ${scalar(value)}\n`
  }
  return { text: text + arrays, tables }
}

function areTables(value: Value): value is Dict[] {
  return Array.isArray(value) && value.length > 0 && value.every(item => item instanceof Dict)
}

function arrayItem(item: Dict, path: string): string {
  const { text, tables } = section(item, path)
  let after = '\n'
  let level = tables
  while (level.length) {
    const next: (readonly [string, Dict])[] = []
    for (const [inner, table] of level) {
      const inside = section(table, inner)
      if (inside.text) after += `[${inner}]\n${inside.text}`
      next.push(...inside.tables)
    }
    level = next
  }
  return text.startsWith('[') ? `[[${path}]]\n\n${text}${after.slice(1)}` : `[[${path}]]\n${text}${after}`
}

function scalar(value: Value): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'boolean') return String(value)
  if (value instanceof Float) return floatText(value.value).replace('e+0', 'e+').replace('e-0', 'e-')
  const items = value instanceof Tuple ? value.items : value
  if (Array.isArray(items)) return `[${items.map(item => ` ${scalar(item)},`).join('')}]`
  if (!(value instanceof Dict)) return str(value)
  // Only inside of a list that holds other things too.
  return `{${Array.from(value, ([key, item]) => ` ${keyText(str(key))} = ${scalar(item)}`).join(',')} }`
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quoted(key)
}

function quoted(text: string): string {
  const inside = text.replace(/[\x00-\x1f"\\\x7f]/g, sign => {
    const known: Readonly<Record<string, string>> = { '\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r' }
    if (sign === '"' || sign === '\\') return `\\${sign}`
    return known[sign] ?? `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
  return `"${inside}"`
}
