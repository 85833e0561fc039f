/** Sections of pairs, written and read as Python's configparser does. */

import { StateException } from '../definition/exceptions.ts'
import { textOf, truthOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { typeName } from '../python/kind.ts'
import { repr } from '../python/repr.ts'
import type { Value } from '../python/value.ts'

/** Keys in small letters; DEFAULT first; an empty line behind each section. */
export function writeIni(value: Value, options = new Dict()): string {
  if (!(value instanceof Dict))
    throw new StateException('TypeError', `configparser can only serialize dictionaries, not ${typeName(value)}`)
  const sections = Array.from(value, ([name, pairs]) => [textOf(name), pairs] as const)
  const first = sections.filter(([name]) => name === 'DEFAULT')
  const others = sections.filter(([name]) => name !== 'DEFAULT')
  return [...first, ...others]
    .map(([name, pairs]) => `[${name}]\n${lines(pairs, truthOf(options.get('allow_no_value') ?? false))}\n`)
    .join('')
}

function lines(pairs: Value, bareKeys: boolean): string {
  if (!(pairs instanceof Dict))
    throw new StateException('AttributeError', `'${typeName(pairs)}' object has no attribute 'items'`)
  return Array.from(pairs, ([key, item]) => {
    const name = textOf(key).toLowerCase()
    if (item === null && bareKeys) return `${name}\n`
    if (item === null) throw new StateException('TypeError', 'option values must be strings')
    const text = textOf(item)
    if (/%/.test(text.replace(/%%|%\([^)]+\)s/g, '')))
      throw new StateException(
        'ValueError',
        `invalid interpolation syntax in ${repr(text)} at position ${text.indexOf('%')}`,
      )
    return `${name} = ${text.replaceAll('\n', '\n\t')}\n`
  }).join('')
}

/** Without the DEFAULT section itself: its pairs are in every other one. */
export function readIni(text: string): Dict {
  const sections = new Dict()
  const defaults = new Dict()
  let section: Dict | null = null
  let last: string | null = null
  for (const line of text.split('\n')) {
    const bare = line.trim()
    if (bare === '' || bare.startsWith('#') || bare.startsWith(';')) continue
    const name = /^\[(.+)\]/.exec(line)?.[1]
    const before = section && last !== null && /^\s/.test(line) ? section.get(last) : undefined
    if (section && last !== null && typeof before === 'string')
      section.set(last, before ? `${before}\n${bare}` : `\n${bare}`)
    else if (name !== undefined) {
      section = name === 'DEFAULT' ? defaults : new Dict()
      if (name !== 'DEFAULT') sections.set(name, section)
      last = null
    } else {
      const [, key, value] = /^\s*([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? []
      if (!section || key === undefined || value === undefined)
        throw new StateException('ValueError', `Source contains parsing errors: ${repr(line)}`)
      last = key.toLowerCase()
      section.set(last, value)
    }
  }
  return Dict.of(Array.from(sections, ([name, own]) => [name, Dict.of([...defaults, ...(own as Dict)])] as const))
}
