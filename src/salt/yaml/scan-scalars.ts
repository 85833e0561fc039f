/** Reads scalars: plain, quoted, and the literal and folded blocks. */
import { atDocumentMark, type Cursor, isBlank, isBreak, isFlowMark, isGap, SPACE, TAB } from './cursor.ts'
import type { Mark } from './error.ts'

const HASH = 35
const COLON = 58
const QUESTION = 63
const BACKSLASH = 92

/** Gaps between the words of a scalar: spaces stay, one line break becomes a space, further ones stay. */
interface Gap {
  text: string
  broken: boolean
}

/** `crossed`: the value reached over a line break, so that a simple key may begin after it. */
export function scanPlain(cursor: Cursor, inFlow: boolean, indent: number): { value: string; crossed: boolean } {
  const start = cursor.mark()
  let value = ''
  let gap: Gap = { text: '', broken: false }
  for (;;) {
    if (atDocumentMark(cursor) || cursor.code() === HASH) break
    const from = cursor.position
    skipPlainWords(cursor, inFlow, start)
    if (cursor.position === from) break
    value += gap.text + cursor.text.slice(from, cursor.position)
    if (!isBlank(cursor.code()) && !isBreak(cursor.code())) {
      gap = { text: '', broken: false }
      break
    }
    gap = skipGap(cursor, (broken, code) => {
      if (broken && code === TAB && cursor.column < indent)
        cursor.fail('found a tab character that violates indentation', 'while scanning a plain scalar', start)
    })
    if (!inFlow && cursor.column < indent) break
  }
  return { value, crossed: gap.broken }
}

/** Moves over the words of one line; the cursor ends just after the last. */
function skipPlainWords(cursor: Cursor, inFlow: boolean, start: Mark): void {
  const { text } = cursor
  let end = cursor.position
  for (let position = end; ; position += 1) {
    const code = text.charCodeAt(position)
    if (code === COLON) {
      const next = text.charCodeAt(position + 1)
      if (inFlow && (isFlowMark(next) || next === QUESTION)) {
        cursor.position = position
        cursor.fail("found unexpected ':'", 'while scanning a plain scalar', start)
      }
      if (isGap(next)) break
    } else if (isBlank(code)) {
      continue
    } else if (isGap(code) || (inFlow && isFlowMark(code)) || (code === HASH && end < position)) break
    end = position + 1
  }
  cursor.position = end
}

/** Moves over blanks and breaks; `check` sees each blank. */
function skipGap(cursor: Cursor, check?: (broken: boolean, code: number) => void): Gap {
  const from = cursor.position
  let first = ''
  let further = ''
  let blanks = ''
  for (;;) {
    const code = cursor.code()
    if (isBlank(code)) {
      check?.(first !== '', code)
      cursor.skip()
    } else if (isBreak(code)) {
      if (first === '') first = cursor.readBreak()
      else further += cursor.readBreak()
    } else break
  }
  if (first === '') {
    blanks = cursor.text.slice(from, cursor.position)
    return { text: blanks, broken: false }
  }
  return { text: first === '\n' ? further || ' ' : first + further, broken: true }
}

export function scanQuoted(cursor: Cursor): string {
  const context = 'while scanning a quoted scalar'
  const start = cursor.mark()
  const quote = cursor.code()
  const single = quote === 39
  let value = ''
  cursor.skip()
  for (;;) {
    if (atDocumentMark(cursor)) cursor.fail('found unexpected document indicator', context, start)
    if (cursor.ended) cursor.fail('found unexpected end of stream', context, start)
    let joined = false
    for (let code = cursor.code(); !isGap(code); code = cursor.code()) {
      if (code === quote) {
        if (!single || cursor.code(1) !== quote) break
        value += "'"
        cursor.skip(2)
      } else if (code === BACKSLASH && !single) {
        if (isBreak(cursor.code(1))) {
          cursor.skip()
          cursor.readBreak()
          joined = true
          break
        }
        value += scanEscape(cursor, start)
      } else {
        value += quotedRun(cursor, quote)
      }
    }
    if (cursor.code() === quote && !joined) break
    if (joined) value += afterEscapedBreak(cursor)
    else value += skipGap(cursor).text
  }
  cursor.skip()
  return value
}

/** What stands up to the next character that means something. */
function quotedRun(cursor: Cursor, quote: number): string {
  const start = cursor.position
  cursor.skip()
  for (let code = cursor.code(); !isGap(code) && code !== quote && code !== BACKSLASH; code = cursor.code())
    cursor.skip()
  return cursor.text.slice(start, cursor.position)
}

/** After a backslash at the end of a line, indentation vanishes and empty lines stay. */
function afterEscapedBreak(cursor: Cursor): string {
  let breaks = ''
  for (;;) {
    if (isBlank(cursor.code())) cursor.skip()
    else if (isBreak(cursor.code())) breaks += cursor.readBreak()
    else return breaks
  }
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  a: '\x07',
  b: '\b',
  t: '\t',
  '\t': '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  e: '\x1b',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  N: '\x85',
  _: '\xa0',
  L: '\u2028',
  P: '\u2029',
}
const hexLengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

function scanEscape(cursor: Cursor, start: Mark): string {
  const letter = cursor.char(1)
  const context = 'while parsing a quoted scalar'
  const known = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
  if (known !== undefined) {
    cursor.skip(2)
    return known
  }
  const length = Object.hasOwn(hexLengths, letter) ? (hexLengths[letter] ?? 0) : 0
  if (length === 0) cursor.fail('found unknown escape character', context, start)
  cursor.skip(2)
  const digits = cursor.text.slice(cursor.position, cursor.position + length)
  if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits))
    cursor.fail('did not find expected hexdecimal number', context, start)
  const code = Number.parseInt(digits, 16)
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    cursor.fail('found invalid Unicode character escape code', context, start)
  cursor.skip(length)
  return String.fromCodePoint(code)
}

const blockContext = 'while scanning a block scalar'

export function scanBlock(cursor: Cursor, parentIndent: number): string {
  const start = cursor.mark()
  const literal = cursor.char() === '|'
  cursor.skip()
  const { chomp, increment } = blockHeader(cursor, start)
  const base = Math.max(parentIndent, 0)
  let breaks = { text: '', indent: increment > 0 ? base + increment : 0 }
  breaks = blockBreaks(cursor, breaks.indent, parentIndent, start)
  const { indent } = breaks
  let value = ''
  let lastBreak = ''
  let afterMoreIndented = false
  while (cursor.column === indent && !cursor.ended) {
    const moreIndented = isBlank(cursor.code())
    const folds = !literal && lastBreak.startsWith('\n') && !afterMoreIndented && !moreIndented
    value += folds ? (breaks.text === '' ? ' ' : '') : lastBreak
    value += breaks.text
    afterMoreIndented = moreIndented
    value += cursor.take(code => !isBreak(code) && !Number.isNaN(code))
    lastBreak = cursor.readBreak()
    breaks = blockBreaks(cursor, indent, parentIndent, start)
  }
  if (chomp !== '-') value += lastBreak
  if (chomp === '+') value += breaks.text
  return value
}

function blockHeader(cursor: Cursor, start: Mark): { chomp: string; increment: number } {
  let chomp = ''
  let increment = 0
  for (;;) {
    const char = cursor.char()
    if ((char === '+' || char === '-') && chomp === '') chomp = char
    else if (char >= '0' && char <= '9' && increment === 0) {
      if (char === '0') cursor.fail('found an indentation indicator equal to 0', blockContext, start)
      increment = Number(char)
    } else break
    cursor.skip()
  }
  cursor.take(isBlank)
  if (cursor.code() === HASH) cursor.take(code => !isBreak(code) && !Number.isNaN(code))
  if (!cursor.ended && !isBreak(cursor.code()))
    cursor.fail('did not find expected comment or line break', blockContext, start)
  cursor.readBreak()
  return { chomp, increment }
}

/** Moves over indentation and empty lines; finds the indentation where `indent` is 0. */
function blockBreaks(cursor: Cursor, indent: number, parentIndent: number, start: Mark) {
  let text = ''
  let deepest = 0
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.code() === SPACE) cursor.skip()
    deepest = Math.max(deepest, cursor.column)
    if ((indent === 0 || cursor.column < indent) && cursor.code() === TAB)
      cursor.fail('found a tab character where an indentation space is expected', blockContext, start)
    if (!isBreak(cursor.code())) break
    text += cursor.readBreak()
  }
  return { text, indent: indent || Math.max(deepest, parentIndent + 1, 1) }
}
