/** Reads a Python regular expression and writes the same one for JavaScript's engine in its Unicode mode. */
import { PyError } from './error.ts'
import { WHITESPACE } from './text.ts'

interface Flags {
  readonly ignoreCase: boolean
  readonly multiLine: boolean
  readonly dotAll: boolean
  readonly verbose: boolean
}

export interface Translation {
  readonly source: string
  readonly insensitive: boolean
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** Whether it may take very long: a repetition inside of a repetition, or many of them. */
  readonly risky: boolean
}

interface Reading {
  readonly text: string
  readonly names: Map<string, number>
  at: number
  groups: number
  depth: number
  /** Repetitions without an upper bound. */
  repetitions: number
  nested: boolean
}

export function parseRegex(text: string, flags: Flags): Translation {
  const reading: Reading = { text, names: new Map(), at: 0, groups: 0, depth: 0, repetitions: 0, nested: false }
  const inline = leadingFlags(reading, flags)
  const source = alternatives(reading, inline)
  if (reading.at < text.length) throw fail(reading, 'unbalanced parenthesis')
  const risky = reading.nested || reading.repetitions > 3
  return { source, insensitive: inline.ignoreCase, groups: reading.groups, names: reading.names, risky }
}

const FLAGS: Readonly<Record<string, keyof Flags | null>> = {
  i: 'ignoreCase',
  m: 'multiLine',
  s: 'dotAll',
  x: 'verbose',
  a: null,
  u: null,
  L: null,
}

function fail(reading: Reading, message: string, at = reading.at): PyError {
  return new PyError('re.error', `${message} at position ${at}`)
}

/** `(?im)` at the very start holds for the whole expression. */
function leadingFlags(reading: Reading, flags: Flags): Flags {
  const [whole, letters = ''] = /^\(\?([aiLmsux]+)\)/.exec(reading.text) ?? ['']
  reading.at = whole.length
  return withFlags(flags, letters, true)
}

function withFlags(flags: Flags, letters: string, on: boolean): Flags {
  const changed: { -readonly [name in keyof Flags]: boolean } = { ...flags }
  for (const letter of letters) {
    const flag = FLAGS[letter]
    if (flag) changed[flag] = on
  }
  return changed
}

/** Up to a closing parenthesis or the end. */
function alternatives(reading: Reading, flags: Flags): string {
  if (++reading.depth > 100) throw fail(reading, 'groups nested too deep')
  let out = ''
  while (reading.at < reading.text.length && reading.text[reading.at] !== ')') {
    const before = reading.repetitions
    const piece = atom(reading, flags)
    const times = piece === '' ? '' : quantifier(reading, piece)
    if (/^(?:[*+]|\{\d+,)/.test(times)) {
      if (reading.repetitions > before || (piece.startsWith('(') && piece.includes('|'))) reading.nested = true
      reading.repetitions++
    }
    out += piece + times
  }
  reading.depth--
  return out
}

const WORD = '\\p{L}\\p{N}_'
const CLASSES: Readonly<Record<string, string>> = {
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  w: WORD,
  s: WHITESPACE,
}
const BOUNDARY = `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`
const NO_BOUNDARY = `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`

function atom(reading: Reading, flags: Flags): string {
  const { text } = reading
  const character = String.fromCodePoint(text.codePointAt(reading.at) ?? 0)
  const start = reading.at
  reading.at += character.length
  switch (character) {
    case '|':
      return '|'
    case '^':
      return flags.multiLine ? '(?<![^\\n])' : '(?<![^])'
    case '$':
      return flags.multiLine ? '(?![^\\n])' : '(?=\\n?(?![^]))'
    case '.':
      return flags.dotAll ? '[^]' : '[^\\n]'
    case '[':
      return characterClass(reading, start)
    case '(':
      return group(reading, flags, start)
    case '\\':
      return escaped(reading, start)
    case '*':
    case '+':
    case '?':
      throw fail(reading, 'nothing to repeat', start)
  }
  if (flags.verbose && /\s/.test(character)) return ''
  if (flags.verbose && character === '#') {
    const end = text.indexOf('\n', reading.at)
    reading.at = end < 0 ? text.length : end
    return ''
  }
  return literal(character)
}

function quantifier(reading: Reading, piece: string): string {
  const match = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(reading.text.slice(reading.at, reading.at + 30))
  if (!match || piece === '|') return ''
  const [whole, least = '', comma = '', most = ''] = match
  if (whole.startsWith('{') && least === '' && most === '') return ''
  reading.at += whole.length
  const lazy = reading.text[reading.at] === '?' ? '?' : ''
  reading.at += lazy.length
  const next = reading.text[reading.at] ?? ''
  if (lazy === '' && next === '+') throw fail(reading, 'possessive quantifiers are not known here')
  if (/[*+?]/.test(next)) throw fail(reading, 'multiple repeat')
  if (most !== '' && Number(least) > Number(most)) throw fail(reading, 'min repeat greater than max repeat')
  return (whole.startsWith('{') ? `{${least || '0'}${comma}${most}}` : whole) + lazy
}

function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
}

function group(reading: Reading, flags: Flags, start: number): string {
  const { text } = reading
  if (text[reading.at] !== '?') {
    reading.groups++
    return `(${closed(reading, flags, start)})`
  }
  const rest = text.slice(reading.at, reading.at + 200)
  const named = /^\?P<([^>]*)>/.exec(rest)
  if (named) return namedGroup(reading, flags, named, start)
  const back = /^\?P=([^)]*)\)/.exec(rest)
  if (back) return namedReference(reading, back)
  if (rest.startsWith('?#')) {
    const end = text.indexOf(')', reading.at)
    if (end < 0) throw fail(reading, 'missing ), unterminated comment', start)
    reading.at = end + 1
    return ''
  }
  const look = /^\?(?:[:=!]|<[=!])/.exec(rest)
  if (look) {
    reading.at += look[0].length
    // An assertion cannot be repeated in the engine's Unicode mode; one in a group can.
    const inside = `(${look[0]}${closed(reading, flags, start)})`
    return look[0] === '?:' ? inside : `(?:${inside})`
  }
  return flagGroup(reading, flags, rest, start)
}

function namedGroup(reading: Reading, flags: Flags, [whole, name = '']: RegExpExecArray, start: number): string {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name)) throw fail(reading, `bad character in group name '${name}'`)
  if (reading.names.has(name)) throw fail(reading, `redefinition of group name '${name}'`)
  reading.at += whole.length
  reading.groups++
  reading.names.set(name, reading.groups)
  return `(${closed(reading, flags, start)})`
}

function namedReference(reading: Reading, [whole, name = '']: RegExpExecArray): string {
  const group = reading.names.get(name)
  if (group === undefined) throw fail(reading, `unknown group name '${name}'`)
  reading.at += whole.length
  return `(?:\\${group})`
}

/** `(?i:…)` and `(?-i:…)`; only the case needs the engine's help. */
function flagGroup(reading: Reading, flags: Flags, rest: string, start: number): string {
  const match = /^\?([aiLmsux]*)(?:-([imsx]+))?:/.exec(rest)
  if (!match) {
    if (/^\?[aiLmsux]+\)/.test(rest)) throw fail(reading, 'global flags not at the start of the expression', start)
    throw fail(reading, `unknown extension ${rest.slice(0, 2)}`)
  }
  const [whole, on = '', off = ''] = match
  reading.at += whole.length
  const inside = closed(reading, withFlags(withFlags(flags, on, true), off, false), start)
  const modifier = on.includes('i') ? 'i' : off.includes('i') ? '-i' : ''
  return `(?${modifier}:${inside})`
}

function closed(reading: Reading, flags: Flags, start: number): string {
  const inside = alternatives(reading, flags)
  if (reading.text[reading.at] !== ')') throw fail(reading, 'missing ), unterminated subpattern', start)
  reading.at++
  return inside
}

const CONTROLS: Readonly<Record<string, string>> = { a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\v' }

function escaped(reading: Reading, start: number): string {
  const { text } = reading
  const letter = text[reading.at]
  if (letter === undefined) throw fail(reading, 'bad escape (end of pattern)', start)
  const anchors: Readonly<Record<string, string>> = { A: '(?<![^])', Z: '(?![^])', b: BOUNDARY, B: NO_BOUNDARY }
  const anchor = anchors[letter]
  if (anchor) {
    reading.at++
    return anchor
  }
  const back = /^[1-9]\d?/.exec(text.slice(reading.at, reading.at + 2))
  if (back && !/^[0-3][0-7]{2}/.test(text.slice(reading.at, reading.at + 3))) {
    const number = Number(back[0])
    if (number > reading.groups) throw fail(reading, `invalid group reference ${number}`)
    reading.at += back[0].length
    return `(?:\\${number})`
  }
  if (letter === 'W' || letter === 'S' || CLASSES[letter]) {
    reading.at++
    const not = letter === 'W' || letter === 'S' ? '^' : ''
    return `[${not}${CLASSES[letter] ?? CLASSES[letter.toLowerCase()]}]`
  }
  const member = classEscape(reading, start)
  return member === '\\-' ? '-' : member
}

/** A backslash and what follows, as members of a character class. */
function classEscape(reading: Reading, start: number): string {
  const { text } = reading
  const letter = String.fromCodePoint(text.codePointAt(reading.at) ?? 0)
  reading.at += letter.length
  const known = CLASSES[letter] ?? CONTROLS[letter]
  if (known) return known
  if (letter === 'b') return '\\x08'
  const code =
    /^x([\da-fA-F]{2})|^u([\da-fA-F]{4})|^U([\da-fA-F]{8})/.exec(text.slice(reading.at - 1, reading.at + 8)) ??
    /^(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(text.slice(reading.at - 1, reading.at + 2))
  if (code) {
    reading.at += code[0].length - 1
    const hex = /^[xuU]/.test(code[0])
    const point = Number.parseInt(hex ? code[0].slice(1) : code[0], hex ? 16 : 8)
    if (point > 0x10ffff) throw fail(reading, `bad escape \\${code[0]}`, start)
    return `\\u{${point.toString(16)}}`
  }
  if (/[a-zA-Z0-9]/.test(letter)) throw fail(reading, `bad escape \\${letter}`, start)
  return /[\^$\\.*+?()[\]{}|/-]/.test(letter) ? `\\${letter}` : letter
}

function characterClass(reading: Reading, start: number): string {
  const { text } = reading
  const not = text[reading.at] === '^' ? '^' : ''
  reading.at += not.length
  const members: string[] = []
  const complements: string[] = []
  for (let first = true; ; first = false) {
    const character = text[reading.at]
    if (character === undefined) throw fail(reading, 'unterminated character set', start)
    if (character === ']' && !first) break
    member(reading, members, complements)
  }
  reading.at++
  return joined(not === '^', members.join(''), complements)
}

function member(reading: Reading, members: string[], complements: string[]): void {
  const { text } = reading
  const from = reading.at
  const character = String.fromCodePoint(text.codePointAt(reading.at) ?? 0)
  reading.at += character.length
  if (character !== '\\') {
    const isRange = character === '-' && members.length > 0 && text[reading.at] !== ']' && text[from - 1] !== '['
    members.push(isRange ? rangeMark(reading, members) : /[\^\\[\]-]/.test(character) ? `\\${character}` : character)
  } else if (text[reading.at] === 'W' || text[reading.at] === 'S') {
    complements.push(text[reading.at] === 'W' ? WORD : WHITESPACE)
    reading.at++
  } else members.push(classEscape(reading, from))
}

/** A hyphen between two members makes a range; one of them must not be a whole class. */
function rangeMark(reading: Reading, members: readonly string[]): string {
  const before = members.at(-1) ?? ''
  if (before === '-') return '\\-'
  const isClass = /^\\[pP]/.test(before) || before.length > 10
  if (isClass) throw fail(reading, 'bad character range')
  return '-'
}

/** A class with \W or \S in it is one of several: "one of these, or not one of those". */
function joined(not: boolean, members: string, complements: readonly string[]): string {
  if (complements.length === 0) return not ? `[^${members}]` : members === '' ? '(?!)' : `[${members}]`
  const parts = [...(members ? [`[${members}]`] : []), ...complements.map(one => `[^${one}]`)]
  return not ? `(?:(?!${parts.join('|')})[^])` : `(?:${parts.join('|')})`
}
