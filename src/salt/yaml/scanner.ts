/** Turns a text into tokens; finds out from indentation and from ":" where blocks begin and end. */
import { type Cursor, isBreak, isFlowMark, isGap, SPACE, TAB } from './cursor.ts'
import { Fault, type Mark } from './error.ts'
import { scanAnchor, scanDirective, scanTag } from './scan-properties.ts'
import { scanBlock, scanPlain, scanQuoted } from './scan-scalars.ts'
import type { Token, TokenType } from './tokens.ts'

/** Brackets and indentations may nest so deep; what walks the values afterwards is recursive. */
const deepest = 400

/** A key without "?" must fit on one line and in so many characters. */
const longestKey = 1024

/** A place where a key may turn out to have begun, once its ":" is met. */
interface PossibleKey {
  readonly tokenNumber: number
  readonly mark: Mark
  /** In a block, at its very indentation, nothing else than a key can stand. */
  readonly required: boolean
}

export class Scanner {
  readonly #cursor: Cursor
  readonly #tokens: Token[] = []
  /** The first token of `#tokens` not yet taken, and the number of tokens taken. */
  #head = 0
  #taken = 0
  #ended = false
  #indent = -1
  readonly #indents: number[] = []
  #keyAllowed = true
  /** One place for each open bracket and one for the block around them. */
  readonly #keys: (PossibleKey | undefined)[] = [undefined]

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  peek(): Token {
    while (this.#needsMore()) this.#fetch()
    const token = this.#tokens[this.#head]
    if (!token) throw new Error('no token after the end')
    return token
  }

  take(): Token {
    const token = this.peek()
    if (token.type === 'stream-end') return token
    this.#head += 1
    this.#taken += 1
    if (this.#head === this.#tokens.length || this.#head > 256) {
      this.#tokens.splice(0, this.#head)
      this.#head = 0
    }
    return token
  }

  /** How many tokens have been taken. */
  get taken(): number {
    return this.#taken
  }
  get #inFlow(): boolean {
    return this.#keys.length > 1
  }

  #needsMore(): boolean {
    if (this.#head >= this.#tokens.length) return !this.#ended
    this.#dropStaleKeys()
    return !this.#ended && this.#keys.some(key => key?.tokenNumber === this.#taken)
  }

  #push(type: TokenType, start: Mark): void {
    this.#tokens.push({ type, start, value: '' })
  }
  #insert(tokenNumber: number, type: TokenType, start: Mark): void {
    this.#tokens.splice(this.#head + tokenNumber - this.#taken, 0, { type, start, value: '' })
  }

  /** Forgets the keys that no ":" can follow any more here. */
  #dropStaleKeys(): void {
    const cursor = this.#cursor
    for (let level = 0; level < this.#keys.length; level += 1) {
      const key = this.#keys[level]
      if (!key || (key.mark.line === cursor.line && cursor.position - key.mark.index <= longestKey)) continue
      this.#refuseRequired(key)
      this.#keys[level] = undefined
    }
  }
  #refuseRequired(key: PossibleKey): void {
    if (key.required) this.#cursor.fail("could not find expected ':'", 'while scanning a simple key', key.mark)
  }
  #saveKey(): void {
    if (!this.#keyAllowed) return
    this.#dropKey()
    const cursor = this.#cursor
    this.#keys[this.#keys.length - 1] = {
      tokenNumber: this.#taken + this.#tokens.length - this.#head,
      mark: cursor.mark(),
      required: !this.#inFlow && this.#indent === cursor.column,
    }
  }
  #dropKey(): void {
    const level = this.#keys.length - 1
    const key = this.#keys[level]
    if (key) this.#refuseRequired(key)
    this.#keys[level] = undefined
  }

  /** Opens a block where this column is deeper than the present one. */
  #indentTo(column: number, type: TokenType, mark: Mark, tokenNumber?: number): void {
    if (this.#inFlow || this.#indent >= column) return
    this.#indents.push(this.#indent)
    this.#refuseDepth(mark)
    this.#indent = column
    if (tokenNumber === undefined) this.#push(type, mark)
    else this.#insert(tokenNumber, type, mark)
  }
  #unindentTo(column: number): void {
    if (this.#inFlow) return
    while (this.#indent > column) {
      this.#push('block-end', this.#cursor.mark())
      this.#indent = this.#indents.pop() ?? -1
    }
  }
  #refuseDepth(mark: Mark): void {
    if (this.#indents.length + this.#keys.length > deepest)
      throw new Fault('composer', `values are nested more than ${deepest} deep`, mark)
  }

  #fetch(): void {
    const cursor = this.#cursor
    this.#skipToToken()
    this.#dropStaleKeys()
    this.#unindentTo(cursor.column)
    const char = cursor.char()
    if (char === '') this.#fetchEnd()
    else if (cursor.column === 0 && this.#fetchAtLineStart(char)) return
    else if (this.#fetchIndicator(char)) return
    else if (startsPlain(cursor, this.#inFlow)) this.#plain()
    else cursor.fail('found character that cannot start any token', 'while scanning for the next token', cursor.mark())
  }

  #fetchIndicator(char: string): boolean {
    const cursor = this.#cursor
    const alone = isGap(cursor.code(1))
    if (char === '[') this.#open('flow-sequence-start')
    else if (char === '{') this.#open('flow-mapping-start')
    else if (char === ']') this.#close('flow-sequence-end')
    else if (char === '}') this.#close('flow-mapping-end')
    else if (char === ',') this.#flowEntry()
    else if (char === '-' && alone) this.#blockEntry()
    else if (char === '?' && (alone || this.#inFlow)) this.#key()
    else if (char === ':' && (alone || this.#inFlow)) this.#value()
    else if (char === '*') this.#property(() => scanAnchor(cursor, 'alias'))
    else if (char === '&') this.#property(() => scanAnchor(cursor, 'anchor'))
    else if (char === '!') this.#property(() => scanTag(cursor, this.#inFlow))
    else if ((char === '|' || char === '>') && !this.#inFlow) this.#block()
    else if (char === "'" || char === '"') this.#quoted()
    else return false
    return true
  }

  #skipToToken(): void {
    const cursor = this.#cursor
    for (;;) {
      let code = cursor.code()
      while (code === SPACE || (code === TAB && (this.#inFlow || !this.#keyAllowed))) {
        cursor.skip()
        code = cursor.code()
      }
      if (code === 35) {
        cursor.take(inside => !isBreak(inside) && !Number.isNaN(inside))
        code = cursor.code()
      }
      if (!isBreak(code)) return
      cursor.readBreak()
      if (!this.#inFlow) this.#keyAllowed = true
    }
  }

  #fetchEnd(): void {
    this.#cursor.endLine()
    this.#unindentTo(-1)
    this.#dropKey()
    this.#keyAllowed = false
    this.#push('stream-end', this.#cursor.mark())
    this.#ended = true
  }

  /** Directives and the marks between documents. */
  #fetchAtLineStart(char: string): boolean {
    const cursor = this.#cursor
    const directive = char === '%'
    const type = cursor.startsWith('---') ? 'document-start' : cursor.startsWith('...') ? 'document-end' : undefined
    if (!directive && !(type && isGap(cursor.code(3)))) return false
    this.#unindentTo(-1)
    this.#dropKey()
    this.#keyAllowed = false
    if (directive) this.#tokens.push(scanDirective(cursor))
    else if (type) {
      this.#push(type, cursor.mark())
      cursor.skip(3)
    }
    return true
  }

  #open(type: TokenType): void {
    this.#saveKey()
    const mark = this.#cursor.mark()
    this.#keys.push(undefined)
    this.#refuseDepth(mark)
    this.#keyAllowed = true
    this.#cursor.skip()
    this.#push(type, mark)
  }
  #close(type: TokenType): void {
    this.#dropKey()
    if (this.#keys.length > 1) this.#keys.pop()
    this.#keyAllowed = false
    this.#push(type, this.#cursor.mark())
    this.#cursor.skip()
  }
  #flowEntry(): void {
    this.#dropKey()
    this.#keyAllowed = true
    this.#push('flow-entry', this.#cursor.mark())
    this.#cursor.skip()
  }
  #blockEntry(): void {
    const cursor = this.#cursor
    if (!this.#inFlow) {
      if (!this.#keyAllowed) cursor.fail('block sequence entries are not allowed in this context')
      this.#indentTo(cursor.column, 'block-sequence-start', cursor.mark())
    }
    this.#dropKey()
    this.#keyAllowed = true
    this.#push('block-entry', cursor.mark())
    cursor.skip()
  }
  #key(): void {
    const cursor = this.#cursor
    if (!this.#inFlow) {
      if (!this.#keyAllowed) cursor.fail('mapping keys are not allowed in this context')
      this.#indentTo(cursor.column, 'block-mapping-start', cursor.mark())
    }
    this.#dropKey()
    this.#keyAllowed = !this.#inFlow
    this.#push('key', cursor.mark())
    cursor.skip()
  }
  #value(): void {
    const cursor = this.#cursor
    const level = this.#keys.length - 1
    const key = this.#keys[level]
    if (key) {
      this.#insert(key.tokenNumber, 'key', key.mark)
      this.#indentTo(key.mark.column, 'block-mapping-start', key.mark, key.tokenNumber)
      this.#keys[level] = undefined
      this.#keyAllowed = false
    } else {
      if (!this.#inFlow) {
        if (!this.#keyAllowed) cursor.fail('mapping values are not allowed in this context')
        this.#indentTo(cursor.column, 'block-mapping-start', cursor.mark())
      }
      this.#keyAllowed = !this.#inFlow
    }
    this.#push('value', cursor.mark())
    cursor.skip()
  }
  #property(scan: () => Token): void {
    this.#saveKey()
    this.#keyAllowed = false
    this.#tokens.push(scan())
  }
  #quoted(): void {
    this.#saveKey()
    this.#keyAllowed = false
    const start = this.#cursor.mark()
    this.#tokens.push({ type: 'scalar', start, value: scanQuoted(this.#cursor), plain: false })
  }
  #block(): void {
    this.#dropKey()
    this.#keyAllowed = true
    const start = this.#cursor.mark()
    this.#tokens.push({ type: 'scalar', start, value: scanBlock(this.#cursor, this.#indent), plain: false })
  }
  #plain(): void {
    this.#saveKey()
    this.#keyAllowed = false
    const start = this.#cursor.mark()
    const { value, crossed } = scanPlain(this.#cursor, this.#inFlow, this.#indent + 1)
    if (crossed) this.#keyAllowed = true
    this.#tokens.push({ type: 'scalar', start, value, plain: true })
  }
}

function startsPlain(cursor: Cursor, inFlow: boolean): boolean {
  const code = cursor.code()
  if (isGap(code)) return false
  const char = cursor.char()
  if (char === '-') return !isGap(cursor.code(1))
  if (char === '?' || char === ':') return !inFlow && !isGap(cursor.code(1))
  return !isFlowMark(code) && !'#&*!|>\'"%@`'.includes(char)
}
