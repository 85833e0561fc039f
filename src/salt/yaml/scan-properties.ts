/** Reads what starts with a mark of its own: directives, tags, anchors and aliases. */
import { type Cursor, isBlank, isBreak, isFlowMark, isGap, isWord } from './cursor.ts'
import type { Mark } from './error.ts'
import type { Token } from './tokens.ts'

export function scanAnchor(cursor: Cursor, type: 'anchor' | 'alias'): Token {
  const start = cursor.mark()
  cursor.skip()
  const value = cursor.take(isWord)
  if (value === '' || !(isGap(cursor.code()) || '?:,]}%@`'.includes(cursor.char())))
    cursor.fail(
      'did not find expected alphabetic or numeric character',
      type === 'anchor' ? 'while scanning an anchor' : 'while scanning an alias',
      start,
    )
  return { type, start, value }
}

export function scanTag(cursor: Cursor, inFlow: boolean): Token {
  const start = cursor.mark()
  const token = cursor.char(1) === '<' ? verbatimTag(cursor, start) : shorthandTag(cursor, start)
  if (!isGap(cursor.code()) && !(inFlow && cursor.char() === ','))
    cursor.fail('did not find expected whitespace or line break', 'while scanning a tag', start)
  return token
}

function verbatimTag(cursor: Cursor, start: Mark): Token {
  cursor.skip(2)
  const value = scanUri(cursor, start, true, 'while parsing a tag')
  if (value === '') cursor.fail('did not find expected tag URI', 'while parsing a tag', start)
  if (cursor.char() !== '>') cursor.fail("did not find the expected '>'", 'while scanning a tag', start)
  cursor.skip()
  return { type: 'tag', start, handle: '', value }
}

function shorthandTag(cursor: Cursor, start: Mark): Token {
  const begin = cursor.position
  cursor.skip()
  cursor.take(isWord)
  if (cursor.char() === '!') {
    cursor.skip()
    const handle = cursor.text.slice(begin, cursor.position)
    const value = scanUri(cursor, start, false, 'while parsing a tag')
    if (value === '') cursor.fail('did not find expected tag URI', 'while parsing a tag', start)
    return { type: 'tag', start, handle, value }
  }
  cursor.position = begin + 1
  const value = scanUri(cursor, start, false, 'while parsing a tag')
  // A lone "!" means: not plain.
  return value === '' ? { type: 'tag', start, handle: '', value: '!' } : { type: 'tag', start, handle: '!', value }
}

function scanUri(cursor: Cursor, start: Mark, verbatim: boolean, context: string): string {
  let value = ''
  for (;;) {
    const code = cursor.code()
    if (cursor.char() === '%') value += scanUriEscapes(cursor, start, context)
    else if (isWord(code) || (!cursor.ended && ";/?:@&=+$.!~*'()".includes(cursor.char()))) {
      value += cursor.char()
      cursor.skip()
    } else if (verbatim && isFlowMark(code) && code < 123) {
      value += cursor.char()
      cursor.skip()
    } else return value
  }
}

function scanUriEscapes(cursor: Cursor, start: Mark, context: string): string {
  const from = cursor.mark()
  const bytes: number[] = []
  while (cursor.char() === '%') {
    const digits = cursor.text.slice(cursor.position + 1, cursor.position + 3)
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) cursor.fail('did not find URI escaped octet', context, start)
    bytes.push(Number.parseInt(digits, 16))
    cursor.skip(3)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes))
  } catch {
    cursor.position = from.index
    return cursor.fail('found an incorrect leading UTF-8 octet', context, start)
  }
}

/** %YAML and %TAG; a directive's arguments are in `handle` and `value`. */
export function scanDirective(cursor: Cursor): Token {
  const context = 'while scanning a directive'
  const start = cursor.mark()
  cursor.skip()
  const name = cursor.take(isWord)
  if (name === '') cursor.fail('could not find expected directive name', context, start)
  if (!isGap(cursor.code())) cursor.fail('found unexpected non-alphabetical character', context, start)
  let token: Token
  if (name === 'YAML') token = versionDirective(cursor, start)
  else if (name === 'TAG') token = tagDirective(cursor, start)
  else return cursor.fail('found unknown directive name', context, start)
  cursor.take(isBlank)
  if (cursor.char() === '#') cursor.take(code => !isBreak(code) && !Number.isNaN(code))
  if (!cursor.ended && !isBreak(cursor.code()))
    cursor.fail('did not find expected comment or line break', context, start)
  cursor.readBreak()
  return token
}

function versionDirective(cursor: Cursor, start: Mark): Token {
  const context = 'while scanning a %YAML directive'
  const digit = (code: number) => code >= 48 && code <= 57
  cursor.take(isBlank)
  const number = () => {
    const digits = cursor.take(digit)
    if (digits.length > 9) cursor.fail('found extremely long version number', context, start)
    return digits === '' ? cursor.fail('did not find expected version number', context, start) : digits
  }
  const major = number()
  if (cursor.char() !== '.') cursor.fail("did not find expected digit or '.' character", context, start)
  cursor.skip()
  return { type: 'directive', start, value: `${Number(major)}.${Number(number())}` }
}

function tagDirective(cursor: Cursor, start: Mark): Token {
  const context = 'while scanning a %TAG directive'
  cursor.take(isBlank)
  const begin = cursor.position
  if (cursor.char() !== '!') cursor.fail("did not find expected '!'", 'while scanning a tag directive', start)
  cursor.skip()
  cursor.take(isWord)
  if (cursor.char() === '!') cursor.skip()
  else if (cursor.position > begin + 1) cursor.fail("did not find expected '!'", 'while parsing a tag directive', start)
  const handle = cursor.text.slice(begin, cursor.position)
  if (!isBlank(cursor.code())) cursor.fail('did not find expected whitespace', context, start)
  cursor.take(isBlank)
  const value = scanUri(cursor, start, true, 'while parsing a %TAG directive')
  if (value === '') cursor.fail('did not find expected tag URI', 'while parsing a %TAG directive', start)
  if (!isGap(cursor.code())) cursor.fail('did not find expected whitespace or line break', context, start)
  return { type: 'directive', start, handle, value }
}
