/** The tokens of a template, with the names that Jinja's messages use for them. */

export interface Token {
  readonly type: TokenType
  /** The text of a name or an operator; the value of a string; the digits of a number; the text of data. */
  readonly value: string
  readonly line: number
}

export type TokenType =
  | 'data'
  | 'variable_begin'
  | 'variable_end'
  | 'block_begin'
  | 'block_end'
  | 'name'
  | 'string'
  | 'integer'
  | 'float'
  | 'operator'
  | 'eof'

const NAMES: Partial<Record<TokenType, string>> = {
  variable_begin: 'begin of print statement',
  variable_end: 'end of print statement',
  block_begin: 'begin of statement block',
  block_end: 'end of statement block',
  data: 'template data / text',
  eof: 'end of template',
}

/** How messages call a token: by its text where it is a name or an operator. */
export function describe(token: Token): string {
  return token.type === 'name' || token.type === 'operator' ? token.value : (NAMES[token.type] ?? token.type)
}
export function describeType(type: TokenType): string {
  return NAMES[type] ?? type
}
