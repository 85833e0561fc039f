/** A place in a text that moves forward, counting lines, and the kinds of characters that YAML knows. */
import { Fault, type Mark } from './error.ts'

export const TAB = 9
export const SPACE = 32

export class Cursor {
  readonly text: string
  position = 0
  line = 0
  lineStart = 0

  constructor(text: string) {
    this.text = text
    if (text.charCodeAt(0) === 0xfeff) {
      this.position = 1
      this.lineStart = 1
    }
  }
  get column(): number {
    return this.position - this.lineStart
  }
  get ended(): boolean {
    return this.position >= this.text.length
  }
  mark(): Mark {
    return { index: this.position, line: this.line, column: this.position - this.lineStart }
  }
  /** The code of the character at `offset` from here; NaN beyond the end. */
  code(offset = 0): number {
    return this.text.charCodeAt(this.position + offset)
  }
  char(offset = 0): string {
    return this.text.charAt(this.position + offset)
  }
  startsWith(prefix: string): boolean {
    return this.text.startsWith(prefix, this.position)
  }
  skip(count = 1): void {
    this.position += count
  }
  /** Moves over one line break and returns what it stands for in a value; empty where there is none. */
  readBreak(): string {
    const code = this.code()
    if (!isBreak(code)) return ''
    this.position += code === 13 && this.code(1) === 10 ? 2 : 1
    this.line += 1
    this.lineStart = this.position
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n'
  }
  /** Moves over what satisfies `accept` and returns it. */
  take(accept: (code: number) => boolean): string {
    const start = this.position
    while (accept(this.code())) this.position += 1
    return this.text.slice(start, this.position)
  }
  /** The end of a text counts as the end of its last line. */
  endLine(): void {
    if (this.column === 0) return
    this.line += 1
    this.lineStart = this.position
  }
  fail(problem: string, context?: string, contextMark?: Mark): never {
    throw new Fault('scanner', problem, this.mark(), context, contextMark)
  }
}

export function isBreak(code: number): boolean {
  return code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029
}
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}
/** A blank, a break, or the end. */
export function isGap(code: number): boolean {
  return code <= 32 ? isBlank(code) || code === 10 || code === 13 : isBreak(code) || Number.isNaN(code)
}
/** What names of anchors, handles and directives are made of. */
export function isWord(code: number): boolean {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 45 ||
    code === 95
  )
}
/** `,` `[` `]` `{` `}`: what ends a plain value inside brackets. */
export function isFlowMark(code: number): boolean {
  return code === 44 || code === 91 || code === 93 || code === 123 || code === 125
}

/** "---" or "..." alone at the beginning of a line. */
export function atDocumentMark(cursor: Cursor): boolean {
  if (cursor.column !== 0) return false
  return (cursor.startsWith('---') || cursor.startsWith('...')) && isGap(cursor.code(3))
}

const unacceptable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/** Control characters and lone surrogates are refused before anything else is looked at. */
export function refuseControlCharacters(text: string): void {
  const found = unacceptable.exec(text)
  if (!found) return
  const before = text.slice(0, found.index)
  const lines = before.split(/\r\n|[\n\r\x85\u2028\u2029]/)
  const code = (found[0].codePointAt(0) ?? 0).toString(16).padStart(4, '0')
  const mark = { index: found.index, line: lines.length - 1, column: lines.at(-1)?.length ?? 0 }
  throw new Fault('reader', `unacceptable character #x${code}: control characters are not allowed`, mark)
}
