/** Python's str.format: `{}`, `{0}`, `{name}`, `{a[b].c!r:>{width}}`. */
import { attributeOf } from './attribute.ts'
import { PyError, valueError } from './error.ts'
import { formatValue } from './format-spec.ts'
import { typeName } from './kind.ts'
import { repr, str } from './repr.ts'
import { itemOf } from './slice.ts'
import type { Value } from './value.ts'

interface Fields {
  readonly args: readonly Value[]
  /** Looks a named field up. */
  named(name: string): Value | undefined
  /** The next automatic number; negative once numbers are given by hand. */
  next: number
}

export function format(template: string, args: readonly Value[], named: (name: string) => Value | undefined): string {
  return expand(template, { args, named, next: 0 }, 2)
}

function expand(template: string, fields: Fields, depth: number): string {
  if (depth < 0) throw valueError('Max string recursion exceeded')
  let out = ''
  let at = 0
  while (at < template.length) {
    const brace = template.slice(at).search(/[{}]/)
    if (brace < 0) return out + template.slice(at)
    out += template.slice(at, at + brace)
    at += brace
    const mark = template[at]
    if (template[at + 1] === mark) {
      out += mark
      at += 2
    } else if (mark === '}') {
      throw valueError("Single '}' encountered in format string")
    } else {
      const end = closing(template, at)
      out += field(template.slice(at + 1, end), fields, depth)
      at = end + 1
    }
  }
  return out
}

/** The brace that closes the one at `from`. */
function closing(template: string, from: number): number {
  if (from + 1 === template.length) throw valueError("Single '{' encountered in format string")
  let depth = 0
  for (let at = from; at < template.length; at++) {
    if (template[at] === '{') depth++
    else if (template[at] === '}' && --depth === 0) return at
    else if (template[at] === '[' && depth === 1 && !template.slice(from, at).includes(':')) {
      const end = template.indexOf(']', at)
      if (end > 0) at = end
    }
  }
  throw valueError("expected '}' before end of string")
}

function field(text: string, fields: Fields, depth: number): string {
  const [, name = '', conversion, specification = ''] =
    /^([^!:[]*(?:\[[^\]]*\][^!:[]*)*)(?:!([^:]*))?(?::(.*))?$/s.exec(text) ?? []
  const value = converted(fieldValue(name, fields), conversion)
  return formatValue(value, expand(specification, fields, depth - 1))
}

function converted(value: Value, conversion: string | undefined): Value {
  if (conversion === undefined) return value
  if (conversion === 's') return str(value)
  if (conversion === 'r') return repr(value)
  if (conversion === 'a')
    return repr(value).replace(/[^\x00-\x7f]/gu, character => {
      const hex = (character.codePointAt(0) ?? 0).toString(16)
      return hex.length <= 2
        ? `\\x${hex}`
        : hex.length <= 4
          ? `\\u${hex.padStart(4, '0')}`
          : `\\U${hex.padStart(8, '0')}`
    })
  throw valueError(`Unknown conversion specifier '${conversion}'`)
}

function fieldValue(path: string, fields: Fields): Value {
  const [, first = '', rest = ''] = /^([^.[]*)(.*)$/s.exec(path) ?? []
  let value = start(first, fields)
  let left = rest
  while (left) {
    const [step, attribute, key] = /^\.([^.[]*)|^\[([^\]]*)\]/.exec(left) ?? []
    if (step === undefined) throw valueError("Only '.' or '[' may follow ']' in format field specifier")
    if (attribute === '' || key === '') throw valueError('Empty attribute in format string')
    value = attribute !== undefined ? requireAttribute(value, attribute) : requireItem(value, key ?? '')
    left = left.slice(step.length)
  }
  return value
}

function start(name: string, fields: Fields): Value {
  if (name === '' || /^\d+$/.test(name)) {
    if (name === '' ? fields.next < 0 : fields.next > 0)
      throw valueError(
        name === ''
          ? 'cannot switch from manual field specification to automatic field numbering'
          : 'cannot switch from automatic field numbering to manual field specification',
      )
    const at = name === '' ? fields.next++ : Number(name)
    if (name !== '') fields.next = -1
    const value = fields.args[at]
    if (value === undefined) throw new PyError('IndexError', 'tuple index out of range')
    return value
  }
  const value = fields.named(name)
  if (value === undefined) throw new PyError('KeyError', repr(name))
  return value
}

function requireAttribute(value: Value, name: string): Value {
  const found = name.startsWith('_') ? undefined : attributeOf(value, name)
  if (found === undefined) throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute '${name}'`)
  return found
}

function requireItem(value: Value, text: string): Value {
  const key = /^\d+$/.test(text) ? Number(text) : text
  const found = itemOf(value, key)
  if (found !== undefined) return found
  if (typeof key === 'number' && typeName(value) !== 'dict')
    throw new PyError('IndexError', `${typeName(value)} index out of range`)
  throw new PyError('KeyError', repr(key))
}
