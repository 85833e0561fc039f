/**
 * Python's regular expressions on JavaScript's engine: the pattern is read piece by piece and written anew,
 * since most letters after a backslash, the anchors, and what counts as a letter mean other things there.
 */

import { boundedInTime } from './bounded.ts'
import { Dict } from './dict.ts'
import { PyError } from './error.ts'
import { parseRegex } from './regex-translate.ts'
import { Tuple } from './tuple.ts'
import type { Value } from './value.ts'

export interface RegexFlags {
  readonly ignoreCase?: boolean
  readonly multiLine?: boolean
  readonly dotAll?: boolean
  readonly verbose?: boolean
}

export interface Regex {
  /** The pattern as it was given. */
  readonly pattern: string
  /** The JavaScript expression, with the flags g, u and d. Set lastIndex before each use. */
  readonly expression: RegExp
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** Runs only for a limited time. */
  readonly risky: boolean
}

const known = new Map<string, Regex>()
const MOST_KNOWN = 500

/** Compiles a Python pattern; throws PyError "re.error" where it is wrong. Compiled ones are kept. */
export function compileRegex(pattern: string, flags: RegexFlags = {}): Regex {
  const { ignoreCase = false, multiLine = false, dotAll = false, verbose = false } = flags
  const key = `${ignoreCase}${multiLine}${dotAll}${verbose}${pattern}`
  const before = known.get(key)
  if (before) return before
  const { source, insensitive, groups, names, risky } = parseRegex(pattern, { ignoreCase, multiLine, dotAll, verbose })
  const regex = { pattern, expression: expressionOf(source, insensitive), groups, names, risky }
  if (known.size > MOST_KNOWN) known.clear()
  known.set(key, regex)
  return regex
}

function expressionOf(source: string, insensitive: boolean): RegExp {
  try {
    return new RegExp(source, insensitive ? 'dgiu' : 'dgu')
  } catch (cause) {
    throw new PyError('re.error', cause instanceof Error ? cause.message : String(cause))
  }
}

/** `re.search`: the first match from a place on. */
export function search(regex: Regex, text: string, from = 0): RegExpExecArray | null {
  return bounded(regex, () => {
    regex.expression.lastIndex = from
    return regex.expression.exec(text)
  })
}

/** `re.match`: a match that begins at the very start. */
export function match(regex: Regex, text: string): RegExpExecArray | null {
  const { source, flags } = regex.expression
  const sticky = new RegExp(source, `${flags.replace('g', '')}y`)
  return bounded(regex, () => sticky.exec(text))
}

/** `re.finditer`, all at once. */
export function matches(regex: Regex, text: string): RegExpExecArray[] {
  return bounded(regex, () => {
    regex.expression.lastIndex = 0
    return Array.from(text.matchAll(regex.expression))
  })
}

function bounded<Result>(regex: Regex, work: () => Result): Result {
  return regex.risky ? boundedInTime(`the regular expression ${regex.pattern}`, work) : work()
}

/** `match.groups()`: every group, None where it took no part. */
export function groupsOf(found: RegExpExecArray): Tuple {
  return new Tuple(found.slice(1).map(group => group ?? null))
}

/** `match.groupdict()`. */
export function namedGroups(regex: Regex, found: RegExpExecArray): Dict {
  return Dict.of(Array.from(regex.names, ([name, at]): [Value, Value] => [name, found[at] ?? null]))
}

/** `re.sub`: replaces up to `count` matches (0: all); `\1` and `\g<name>` in the replacement stand for groups. */
export function substitute(regex: Regex, replacement: string, text: string, count = 0): string {
  const write = template(regex, replacement)
  let out = ''
  let from = 0
  let done = 0
  for (const found of matches(regex, text)) {
    if (count > 0 && done++ >= count) break
    out += text.slice(from, found.index) + write(found)
    from = found.index + found[0].length
  }
  return out + text.slice(from)
}

const REFERENCE = /\\(?:g<([^>]*)>|(0[0-7]{0,2}|[1-3][0-7]{2}|[1-9]\d?)|([\s\S])|$)/g
const LETTERS: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
}

/** What a replacement makes of a match. */
function template(regex: Regex, replacement: string): (found: RegExpExecArray) => string {
  if (!replacement.includes('\\')) return () => replacement
  const parts: (string | number)[] = []
  let from = 0
  for (const one of replacement.matchAll(REFERENCE)) {
    parts.push(replacement.slice(from, one.index), reference(regex, one))
    from = one.index + one[0].length
  }
  parts.push(replacement.slice(from))
  return found => parts.map(part => (typeof part === 'string' ? part : (found[part] ?? ''))).join('')
}

/** A text, or the number of a group. */
function reference(regex: Regex, [whole, named, digits, letter]: RegExpExecArray): string | number {
  if (named !== undefined) {
    const group = /^\d+$/.test(named) ? Number(named) : regex.names.get(named)
    if (group === undefined) throw new PyError('IndexError', `unknown group name '${named}'`)
    return checked(regex, group)
  }
  if (digits !== undefined) {
    const octal = digits.startsWith('0') || digits.length === 3
    return octal ? String.fromCharCode(Number.parseInt(digits, 8) & 0xff) : checked(regex, Number(digits))
  }
  if (letter === undefined) throw new PyError('re.error', 'bad escape (end of pattern)')
  const plain = LETTERS[letter]
  if (plain === undefined && /[a-zA-Z]/.test(letter)) throw new PyError('re.error', `bad escape \\${letter}`)
  return plain ?? whole
}

function checked(regex: Regex, group: number): number {
  if (group > regex.groups) throw new PyError('re.error', `invalid group reference ${group}`)
  return group
}

/** `re.escape`. */
export function escapeRegex(text: string): string {
  return text.replace(/[-\s#$&()*+.?[\\\]^{|}~]/g, sign => `\\${sign}`)
}
