/** Text that is HTML already: what `escape`, `safe` and `tojson` give, and what autoescape leaves alone. */
import { operate } from '../python/arithmetic.ts'
import { attributeOf } from '../python/attribute.ts'
import { callValue } from '../python/call.ts'
import { compare, equals, type Ordering, soughtText } from '../python/compare.ts'
import { Dict } from '../python/dict.ts'
import { format } from '../python/format.ts'
import { iterate } from '../python/iterate.ts'
import { asForeign } from '../python/kind.ts'
import { percent } from '../python/percent.ts'
import { repr, str } from '../python/repr.ts'
import { itemOf } from '../python/slice.ts'
import { textLength } from '../python/text.ts'
import { Tuple } from '../python/tuple.ts'
import type { Foreign, Keywords, Value } from '../python/value.ts'

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, sign => SIGNS[sign] ?? sign)
}

/** The value as HTML: escaped, unless it is HTML already. */
export function asHtml(value: Value): Markup {
  return value instanceof Markup ? value : new Markup(escapeText(str(value)))
}

export class Markup implements Foreign {
  readonly pyType = 'Markup'
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  pyText(): string {
    return this.text
  }
  pyRepr(): string {
    return `Markup(${repr(this.text)})`
  }
  pyTruth(): boolean {
    return this.text !== ''
  }
  pyLength(): number {
    return textLength(this.text)
  }
  pyIterate(): Iterable<Value> {
    return iterate(this.text)
  }
  pyContains(item: Value): boolean {
    return this.text.includes(soughtText(item))
  }
  pyEquals(other: Value): boolean {
    return equals(this.text, other instanceof Markup ? other.text : other)
  }
  pyItem(key: Value): Value | undefined {
    const found = itemOf(this.text, key)
    return found === undefined ? undefined : wrapped(found)
  }
  pyOperate(operator: string, other: Value, reversed: boolean): Value | undefined {
    const text = other instanceof Markup ? other.text : other
    if (operator.startsWith('<') || operator.startsWith('>'))
      return typeof text === 'string' ? compare(...pair(this.text, text, reversed), operator as Ordering) : undefined
    if (operator === '*') return wrapped(operate('*', this.text, text))
    if (operator === '%') return reversed ? undefined : new Markup(percent(this.text, escapedInside(other)))
    if (operator !== '+' || typeof text !== 'string') return undefined
    const escaped = other instanceof Markup ? other.text : escapeText(text)
    return new Markup(reversed ? escaped + this.text : this.text + escaped)
  }
  pyGet(name: string): Value | undefined {
    if (name === '__html__') return true
    if (name === 'format') return { pyType: 'method', pyCall: (args, keywords) => this.#format(args, keywords) }
    const bound = attributeOf(this.text, name)
    if (bound === undefined) return undefined
    return { pyType: 'method', pyCall: (args, keywords) => wrapped(callValue(bound, args.map(plain), keywords)) }
  }
  #format(args: readonly Value[], keywords: Keywords): Value {
    const inside = args.map(escapedInside)
    return new Markup(
      format(this.text, inside, name => (keywords.has(name) ? escapedInside(keywords.get(name) ?? null) : undefined)),
    )
  }
}

function pair(one: string, two: string, reversed: boolean): [string, string] {
  return reversed ? [two, one] : [one, two]
}
function plain(value: Value): Value {
  return value instanceof Markup ? value.text : value
}
function wrapped(value: Value): Value {
  if (typeof value === 'string') return new Markup(value)
  if (Array.isArray(value)) return value.map(wrapped)
  return value instanceof Tuple ? new Tuple(value.items.map(wrapped)) : value
}

/** Texts inside a value that is filled into HTML, escaped. */
function escapedInside(value: Value): Value {
  if (typeof value === 'string') return escapeText(value)
  if (value instanceof Markup) return value.text
  if (value instanceof Tuple) return new Tuple(value.items.map(escapedInside))
  if (value instanceof Dict) return Dict.of(Array.from(value, ([key, item]) => [key, escapedInside(item)] as const))
  return asForeign(value) ? escapeText(str(value)) : value
}
