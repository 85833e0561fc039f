/** Cuts a template's text into tokens: data, print statements, blocks; comments and raw blocks are dealt with here. */
import { repr } from '../python/repr.ts'
import { WHITESPACE } from '../python/text.ts'
import { syntaxError, TemplateError } from './errors.ts'
import type { Source } from './source.ts'
import type { Token, TokenType } from './token.ts'

interface Reader {
  readonly source: Source
  readonly text: string
  readonly tokens: Token[]
  at: number
  line: number
}

/**
 * One newline at the very end is dropped, and all newlines become \n, as Jinja does.
 * A fault ends the tokens: the parser, which may find another one before it, is handed it.
 */
export function tokenize(source: Source, stopped: (fault: TemplateError) => void): Token[] {
  const text = source.text.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  const reader: Reader = { source, text, tokens: [], at: 0, line: 1 }
  try {
    while (reader.at < text.length) readData(reader)
  } catch (fault) {
    if (!(fault instanceof TemplateError)) throw fault
    stopped(fault)
  }
  const last = reader.tokens.at(-1)
  reader.tokens.push({ type: 'eof', value: '', line: last?.line ?? 1 })
  return reader.tokens
}

const OPENING = /\{(?:%[-+]?[ \t\n\r\f\v]*raw[ \t\n\r\f\v]*(-?)%\}|[{%#])([-+]?)/g
const RAW_END = /\{%([-+]?)\s*endraw\s*(?:\+?%\}|(-)%\})/g
const TRAILING_SPACE = new RegExp(`(?<![${WHITESPACE}])[${WHITESPACE}]+$`)
const SPACE = new RegExp(`[${WHITESPACE}]*`, 'y')

/** Text up to the next tag, then that tag. */
function readData(reader: Reader): void {
  OPENING.lastIndex = reader.at
  const match = OPENING.exec(reader.text)
  if (!match) {
    pushData(reader, reader.text.slice(reader.at), '')
    return
  }
  const [mark] = match
  const raw = mark.length > 4
  const sign = raw ? (mark[2] ?? '') : (match[2] ?? '')
  pushData(reader, reader.text.slice(reader.at, match.index), sign)
  skip(reader, raw ? mark.length - (match[2]?.length ?? 0) : mark.length)
  if (raw) readRaw(reader, match[1] === '-')
  else if (mark[1] === '#') skipComment(reader)
  else readTag(reader, mark[1] === '{' ? 'variable' : 'block')
}

function pushData(reader: Reader, text: string, sign: string): void {
  const kept = sign === '-' ? text.replace(TRAILING_SPACE, '') : text
  if (kept) push(reader, 'data', kept)
  skip(reader, text.length)
}

function push(reader: Reader, type: TokenType, value: string): void {
  reader.tokens.push({ type, value, line: reader.line })
}

/** Moves on, counting the lines that are passed. */
function skip(reader: Reader, length: number): void {
  const end = reader.at + length
  for (let at = reader.at; at < end; at++) if (reader.text.charCodeAt(at) === 0x0a) reader.line++
  reader.at = end
}

function skipSpace(reader: Reader): void {
  SPACE.lastIndex = reader.at
  skip(reader, SPACE.exec(reader.text)?.[0].length ?? 0)
}

function skipComment(reader: Reader): void {
  const end = reader.text.indexOf('#}', reader.at)
  if (end < 0) throw syntaxError('Missing end of comment tag', reader.source, reader.line)
  const strips = end > reader.at && reader.text[end - 1] === '-'
  skip(reader, end + 2 - reader.at)
  if (strips) skipSpace(reader)
}

function readRaw(reader: Reader, stripsStart: boolean): void {
  if (stripsStart) skipSpace(reader)
  RAW_END.lastIndex = reader.at
  const match = RAW_END.exec(reader.text)
  if (!match) throw syntaxError('Missing end of raw directive', reader.source, reader.line)
  pushData(reader, reader.text.slice(reader.at, match.index), match[1] ?? '')
  skip(reader, match[0].length)
  if (match[2]) skipSpace(reader)
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
const FLOAT = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?[eE][+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/y
const INTEGER = /0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\da-fA-F])+|[1-9](?:_?\d)*|0(?:_?0)*/y
const NAME = /[\p{L}_][\p{L}\p{N}\p{M}_]*/uy
const STRING = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y
const OPERATOR = /\*\*|\/\/|[=!><]=|[-+*/%~[\](){}><=.:|,;]/y

/** The inside of a print statement or a block, with its two ends. */
function readTag(reader: Reader, kind: 'variable' | 'block'): void {
  const { text } = reader
  const end = kind === 'variable' ? '}}' : '%}'
  push(reader, `${kind}_begin`, '')
  const open: string[] = []
  while (reader.at < text.length) {
    if (open.length === 0) {
      const sign = text[reader.at] === '-' || (text[reader.at] === '+' && kind === 'block') ? 1 : 0
      if (text.startsWith(end, reader.at + sign)) {
        push(reader, `${kind}_end`, '')
        const strips = text[reader.at] === '-'
        skip(reader, sign + 2)
        if (strips) skipSpace(reader)
        return
      }
    }
    readExpressionToken(reader, open)
  }
}

/** What kind of token begins here shows in its first character. */
function readExpressionToken(reader: Reader, open: string[]): void {
  const { text, at } = reader
  const first = text.charCodeAt(at)
  if (first === 0x20 || first === 0x0a) {
    skipSpace(reader)
    return
  }
  if (first === 0x22 || first === 0x27) {
    if (take(reader, STRING, 'string')) return
  } else if (first >= 0x30 && first <= 0x39) {
    const isFloat = text[at - 1] !== '.' && take(reader, FLOAT, 'float')
    if (isFloat || take(reader, INTEGER, 'integer')) return
  } else if (take(reader, NAME, 'name') || takeOperator(reader, open)) return
  skipSpace(reader)
  if (reader.at > at) return
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  throw syntaxError(`unexpected char ${repr(character)} at ${at}`, reader.source, reader.line)
}

/** Takes a token where one of that kind stands here. */
function take(reader: Reader, kind: RegExp, type: TokenType): boolean {
  kind.lastIndex = reader.at
  if (!kind.test(reader.text)) return false
  const found = reader.text.slice(reader.at, kind.lastIndex)
  push(reader, type, type === 'string' ? withoutEscapes(found.slice(1, -1)) : found)
  if (type === 'string') skip(reader, found.length)
  else reader.at = kind.lastIndex
  return true
}

function takeOperator(reader: Reader, open: string[]): boolean {
  OPERATOR.lastIndex = reader.at
  if (!OPERATOR.test(reader.text)) return false
  const operator = reader.text.slice(reader.at, OPERATOR.lastIndex)
  balance(reader, operator, open)
  push(reader, 'operator', operator)
  reader.at = OPERATOR.lastIndex
  return true
}

function balance(reader: Reader, operator: string, open: string[]): void {
  const closing = CLOSING[operator]
  if (closing) open.push(closing)
  else if (operator === ')' || operator === ']' || operator === '}') {
    const expected = open.pop()
    if (expected === undefined) throw syntaxError(`unexpected '${operator}'`, reader.source, reader.line)
    if (expected !== operator)
      throw syntaxError(`unexpected '${operator}', expected '${expected}'`, reader.source, reader.line)
  }
}

const ESCAPE = /\\(?:\n|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\\'"abfnrtv]))/g
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function withoutEscapes(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(ESCAPE, (_, byte, short, long, octal, simple) => {
    if (simple !== undefined) return ESCAPED[simple] ?? simple
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
    const hex = byte ?? short ?? long
    const code = hex === undefined ? undefined : Number.parseInt(hex, 16)
    return code === undefined || code > 0x10ffff ? '' : String.fromCodePoint(code)
  })
}
