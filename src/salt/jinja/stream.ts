/** The tokens as a parser reads them: look, expect, skip, and fail in Jinja's words. */
import { repr } from '../python/repr.ts'
import { syntaxError, type TemplateError } from './errors.ts'
import { tokenize } from './lexer.ts'
import type { Source } from './source.ts'
import { describe, describeType, type Token, type TokenType } from './token.ts'

export class Stream {
  readonly source: Source
  readonly #tokens: readonly Token[]
  #at = 0
  /** What stopped the cutting into tokens; it is told when the parser gets there. */
  #fault: TemplateError | undefined
  /** How deep the expression or block being read is nested. */
  depth = 0
  /** For each macro being read, the names that its body speaks of. */
  readonly mentions: Set<string>[] = []

  constructor(source: Source) {
    this.source = source
    this.#tokens = tokenize(source, fault => {
      this.#fault = fault
    })
  }
  get current(): Token {
    const token = this.#tokens[this.#at] as Token
    if (this.#fault && token.type === 'eof') throw this.#fault
    return token
  }
  get following(): Token {
    return this.#tokens[this.#at + 1] ?? this.current
  }
  next(): Token {
    const token = this.current
    if (token.type !== 'eof') this.#at++
    return token
  }
  is(type: TokenType, value?: string): boolean {
    const token = this.current
    return token.type === type && (value === undefined || token.value === value)
  }
  isOperator(value: string): boolean {
    return this.is('operator', value)
  }
  isName(...values: readonly string[]): boolean {
    return this.current.type === 'name' && values.includes(this.current.value)
  }
  /** Skips that operator or word where it is next. */
  skips(type: 'operator' | 'name', value: string): boolean {
    if (!this.is(type, value)) return false
    this.#at++
    return true
  }
  expect(type: TokenType, value?: string): Token {
    if (this.is(type, value)) return this.next()
    const wanted = repr(value ?? describeType(type))
    if (this.current.type === 'eof') throw this.fail(`unexpected end of template, expected ${wanted}.`)
    throw this.fail(`expected token ${wanted}, got ${repr(describe(this.current))}`)
  }
  fail(message: string, line = this.current.line): TemplateError {
    return syntaxError(message, this.source, line)
  }
  mention(name: string): void {
    for (const names of this.mentions) names.add(name)
  }
}
