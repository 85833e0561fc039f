/** The methods of str. */
import { Dict } from '../dict.ts'
import { PyError, refuseHuge, typeError, valueError } from '../error.ts'
import { format } from '../format.ts'
import { asIndex } from '../integer.ts'
import { itemsOf } from '../iterate.ts'
import { asForeign, typeName } from '../kind.ts'
import { str } from '../repr.ts'
import { itemOf, sliceOf } from '../slice.ts'
import { capitalized, characterOf, characters, isPrintable, textLength, WHITESPACE } from '../text.ts'
import { truth } from '../truth.ts'
import { Tuple } from '../tuple.ts'
import type { Value } from '../value.ts'
import { freeMethod, type Method, type Methods, method } from './define.ts'

export const strMethods: Methods = new Map<string, Method>([
  method<string>('capitalize', {}, self => capitalized(self)),
  method<string>('casefold', {}, self => self.toLowerCase().replaceAll('ß', 'ss')),
  method<string>('center', { width: undefined, fillchar: ' ' }, (self, width, fill) =>
    centered(self, asIndex(width), text(fill)),
  ),
  freeMethod<string>('count', (self, [sub = null, start = null, stop = null]) =>
    count(part(self, start, stop), text(sub)),
  ),
  method<string>('encode', { encoding: 'utf-8', errors: 'strict' }, (self, encoding) => encoded(self, text(encoding))),
  method<string>('endswith', { suffix: undefined, start: null, end: null }, (self, suffix, start, stop) =>
    anyOf(suffix).some(one => part(self, start, stop).endsWith(one)),
  ),
  method<string>('expandtabs', { tabsize: 8 }, (self, size) => expandTabs(self, asIndex(size))),
  method<string>('find', { sub: undefined, start: null, end: null }, (self, sub, start, stop) =>
    find(self, text(sub), start, stop, false),
  ),
  freeMethod<string>('format', (self, args, keywords) => format(self, args, name => keywords.get(name))),
  method<string>('format_map', { mapping: undefined }, (self, mapping) =>
    format(self, [], name => itemOf(mapping, name)),
  ),
  method<string>('index', { sub: undefined, start: null, end: null }, (self, sub, start, stop) =>
    found(find(self, text(sub), start, stop, false)),
  ),
  method<string>('isalnum', {}, self => /^[\p{L}\p{N}]+$/u.test(self)),
  method<string>('isalpha', {}, self => /^\p{L}+$/u.test(self)),
  method<string>('isascii', {}, self => /^[\x00-\x7f]*$/.test(self)),
  method<string>('isdecimal', {}, self => /^\p{Nd}+$/u.test(self)),
  method<string>('isdigit', {}, self => /^[\p{Nd}²³¹⁰⁴-⁹₀-₉]+$/u.test(self)),
  method<string>('isidentifier', {}, self => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(self)),
  method<string>('islower', {}, self => /\p{Ll}/u.test(self) && !/[\p{Lu}\p{Lt}]/u.test(self)),
  method<string>('isnumeric', {}, self => /^\p{N}+$/u.test(self)),
  method<string>('isprintable', {}, self => isPrintable(self)),
  method<string>('isspace', {}, self => SPACES.test(self)),
  method<string>('istitle', {}, self => /\p{L}/u.test(self) && titled(self) === self),
  method<string>('isupper', {}, self => /\p{Lu}/u.test(self) && !/[\p{Ll}\p{Lt}]/u.test(self)),
  method<string>('join', { iterable: undefined }, (self, items) => join(self, items)),
  method<string>(
    'ljust',
    { width: undefined, fillchar: ' ' },
    (self, width, fill) => self + filling(self, width, text(fill)),
  ),
  method<string>('lower', {}, self => self.toLowerCase()),
  method<string>('lstrip', { chars: null }, (self, chars) => self.replace(strip(chars).start, '')),
  freeMethod<string>('maketrans', (_, args) => makeTranslation(args)),
  method<string>('partition', { sep: undefined }, (self, sep) =>
    partition(self, text(sep), self.indexOf(separator(sep)), false),
  ),
  method<string>('removeprefix', { prefix: undefined }, (self, prefix) =>
    self.startsWith(text(prefix)) ? self.slice(text(prefix).length) : self,
  ),
  method<string>('removesuffix', { suffix: undefined }, (self, suffix) =>
    text(suffix) && self.endsWith(text(suffix)) ? self.slice(0, -text(suffix).length) : self,
  ),
  method<string>('replace', { old: undefined, new: undefined, count: -1 }, (self, from, to, most) =>
    replaced(self, text(from), text(to), asIndex(most)),
  ),
  method<string>('rfind', { sub: undefined, start: null, end: null }, (self, sub, start, stop) =>
    find(self, text(sub), start, stop, true),
  ),
  method<string>('rindex', { sub: undefined, start: null, end: null }, (self, sub, start, stop) =>
    found(find(self, text(sub), start, stop, true)),
  ),
  method<string>(
    'rjust',
    { width: undefined, fillchar: ' ' },
    (self, width, fill) => filling(self, width, text(fill)) + self,
  ),
  method<string>('rpartition', { sep: undefined }, (self, sep) =>
    partition(self, text(sep), self.lastIndexOf(separator(sep)), true),
  ),
  method<string>('rsplit', { sep: null, maxsplit: -1 }, (self, sep, most) => splitFromRight(self, sep, asIndex(most))),
  method<string>('rstrip', { chars: null }, (self, chars) => self.replace(strip(chars).end, '')),
  method<string>('split', { sep: null, maxsplit: -1 }, (self, sep, most) => split(self, sep, asIndex(most))),
  method<string>('splitlines', { keepends: false }, (self, keep) => splitLines(self, truth(keep))),
  method<string>('startswith', { prefix: undefined, start: null, end: null }, (self, prefix, start, stop) =>
    anyOf(prefix).some(one => part(self, start, stop).startsWith(one)),
  ),
  method<string>('strip', { chars: null }, (self, chars) => stripped(self, chars)),
  method<string>('swapcase', {}, self =>
    Array.from(self, one => (one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase())).join(''),
  ),
  method<string>('title', {}, self => titled(self)),
  method<string>('translate', { table: undefined }, (self, table) => translated(self, table)),
  method<string>('upper', {}, self => self.toUpperCase()),
  method<string>('zfill', { width: undefined }, (self, width) => {
    const [, sign = '', digits = ''] = /^([-+]?)(.*)$/s.exec(self) ?? []
    return sign + filling(self, width, '0') + digits
  }),
])

const SPACES = new RegExp(`^[${WHITESPACE}]+$`)

export function stripped(text: string, chars: Value): string {
  const { start, end } = strip(chars)
  return text.replace(start, '').replace(end, '')
}

/** Splits at any run of whitespace, or at each separator; `most` negative means at all of them. */
function split(self: string, sep: Value, most: number): Value[] {
  if (sep === null) return splitAtSpace(self, most)
  const mark = separator(sep)
  if (most < 0) return self.split(mark)
  const pieces = self.split(mark)
  return pieces.length <= most + 1 ? pieces : [...pieces.slice(0, most), pieces.slice(most).join(mark)]
}

export function splitLines(text: string, keepEnds: boolean): string[] {
  const lines = text.match(/[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g) ?? []
  if (lines.at(-1) === '') lines.pop()
  return keepEnds ? lines : lines.map(line => line.replace(/(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/, ''))
}

function centered(self: string, width: number, fill: string): string {
  refuseHuge(width, 'this text')
  const missing = Math.max(0, width - textLength(self))
  const left = Math.floor(missing / 2) + (missing & width & 1)
  return fill.repeat(left) + self + fill.repeat(missing - left)
}

/** Each word begins with a capital, the rest of it is small. */
function titled(self: string): string {
  return self.replace(/\p{L}+/gu, word => capitalized(word))
}

function text(value: Value): string {
  if (typeof value === 'string') return value
  const foreign = asForeign(value)
  if (foreign?.pyGet?.('__html__') !== undefined) return str(value)
  foreign?.pyTruth?.()
  throw typeError(`must be str, not ${typeName(value)}`)
}

function separator(value: Value): string {
  const mark = text(value)
  if (mark === '') throw valueError('empty separator')
  return mark
}

function anyOf(value: Value): string[] {
  return value instanceof Tuple ? value.items.map(text) : [text(value)]
}

function part(self: string, start: Value, stop: Value): string {
  return start === null && stop === null ? self : (sliceOf(self, start, stop, null) as string)
}

function count(self: string, sub: string): number {
  return sub === '' ? textLength(self) + 1 : self.split(sub).length - 1
}

function encoded(self: string, encoding: string): Uint8Array {
  const name = encoding.toLowerCase().replaceAll('_', '-')
  if (name === 'utf-8' || name === 'utf8' || name === 'ascii') return new Uint8Array(Buffer.from(self, 'utf8'))
  if (name === 'latin-1' || name === 'iso-8859-1') return new Uint8Array(Buffer.from(self, 'latin1'))
  throw new PyError('LookupError', `unknown encoding: ${encoding}`)
}

function expandTabs(self: string, size: number): string {
  let column = 0
  refuseHuge(size, 'this text')
  return self.replace(/\t|[\r\n]|[^\t\r\n]+/g, piece => {
    if (piece !== '\t') {
      column = /[\r\n]/.test(piece) ? 0 : column + textLength(piece)
      return piece
    }
    const spaces = size > 0 ? size - (column % size) : 0
    column += spaces
    return ' '.repeat(spaces)
  })
}

function find(self: string, sub: string, start: Value, stop: Value, last: boolean): number {
  const inside = part(self, start, stop)
  const at = last ? inside.lastIndexOf(sub) : inside.indexOf(sub)
  if (at < 0) return -1
  const from = start === null ? 0 : asIndex(start)
  return textLength(inside.slice(0, at)) + (from < 0 ? Math.max(0, from + textLength(self)) : from)
}

function found(at: number): number {
  if (at < 0) throw valueError('substring not found')
  return at
}

function join(self: string, items: Value): string {
  const pieces: string[] = []
  const parts = itemsOf(items)
  if (!parts) throw typeError('can only join an iterable')
  for (const item of parts) {
    if (typeof item !== 'string' && asForeign(item)?.pyGet?.('__html__') === undefined)
      throw typeError(`sequence item ${pieces.length}: expected str instance, ${typeName(item)} found`)
    pieces.push(str(item))
  }
  return pieces.join(self)
}

function filling(self: string, width: Value, fill: string): string {
  const missing = Math.max(0, asIndex(width) - textLength(self))
  refuseHuge(missing, 'this text')
  return fill.repeat(missing)
}

/** Expressions for what is to be stripped at either end. */
function strip(chars: Value): { start: RegExp; end: RegExp } {
  if (chars === null) return BLANKS
  const set = text(chars).replace(/[\\\]^-]/g, '\\$&')
  return set ? { start: new RegExp(`^[${set}]+`, 'u'), end: new RegExp(`(?<![${set}])[${set}]+$`, 'u') } : NOTHING
}
const BLANKS = { start: new RegExp(`^[${WHITESPACE}]+`), end: new RegExp(`(?<![${WHITESPACE}])[${WHITESPACE}]+$`) }
const NOTHING = { start: /(?!)/, end: /(?!)/ }

function partition(self: string, sep: string, at: number, fromRight: boolean): Tuple {
  if (at < 0) return new Tuple(fromRight ? ['', '', self] : [self, '', ''])
  return new Tuple([self.slice(0, at), sep, self.slice(at + sep.length)])
}

function replaced(self: string, from: string, to: string, most: number): string {
  if (most < 0) {
    refuseHuge(count(self, from) * to.length, 'this text')
    return self.replaceAll(from, () => to)
  }
  let left = most
  return self.replaceAll(from, one => (left-- > 0 ? to : one))
}

function splitAtSpace(self: string, most: number): string[] {
  const words = stripped(self, null)
  if (words === '') return []
  if (most < 0) return words.split(RUN_OF_SPACE)
  const pieces: string[] = []
  let rest = self.replace(BLANKS.start, '')
  while (pieces.length < most && rest !== '') {
    const at = rest.search(RUN_OF_SPACE)
    if (at < 0) break
    pieces.push(rest.slice(0, at))
    rest = rest.slice(at).replace(BLANKS.start, '')
  }
  return rest === '' ? pieces : [...pieces, most > pieces.length ? stripped(rest, null) : rest]
}
const RUN_OF_SPACE = new RegExp(`[${WHITESPACE}]+`)

function splitFromRight(self: string, sep: Value, most: number): Value[] {
  if (most < 0) return split(self, sep, most)
  if (sep !== null) {
    const pieces = self.split(separator(sep))
    const cut = Math.max(0, pieces.length - most)
    return cut > 1 ? [pieces.slice(0, cut).join(separator(sep)), ...pieces.slice(cut)] : pieces
  }
  const pieces: string[] = []
  let rest = self.replace(BLANKS.end, '')
  while (pieces.length < most && rest !== '') {
    const [, before = '', word = ''] = /^(.*\s)?(\S+)$/s.exec(rest) ?? []
    pieces.unshift(word)
    rest = before.replace(BLANKS.end, '')
  }
  return rest === '' ? pieces : [rest, ...pieces]
}

function makeTranslation(args: readonly Value[]): Dict {
  const [from = null, to = null, drop = null] = args
  const table = new Dict()
  if (from instanceof Dict) {
    for (const [key, value] of from) table.set(typeof key === 'string' ? (key.codePointAt(0) ?? 0) : key, value)
    return table
  }
  const [one, two] = [Array.from(text(from)), Array.from(text(to))]
  if (one.length !== two.length) throw valueError('the first two maketrans arguments must have equal length')
  for (const [at, character] of one.entries()) table.set(character.codePointAt(0) ?? 0, two[at]?.codePointAt(0) ?? 0)
  if (drop !== null) for (const character of text(drop)) table.set(character.codePointAt(0) ?? 0, null)
  return table
}

function translated(self: string, table: Value): string {
  return Array.from(characters(self), character => {
    const to = itemOf(table, character.codePointAt(0) ?? 0)
    if (to === undefined) return character
    return to === null ? '' : typeof to === 'string' ? to : characterOf(asIndex(to))
  }).join('')
}
