/** The tokens of a JMESPath expression. */
import { PyError } from '../../python/error.ts'
import { readJson } from '../../python/json.ts'
import type { Value } from '../../python/value.ts'

export interface QueryToken {
  readonly type: 'name' | 'number' | 'literal' | 'sign' | 'end'
  readonly text: string
  readonly value?: Value
  /** Quoted names cannot be functions. */
  readonly quoted?: boolean
}

const TOKEN =
  /\s+|([A-Za-z_]\w*)|(-?\d+)|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|`((?:[^`\\]|\\[\s\S])*)`|(\[\?|\[\]|\|\||&&|==|!=|<=|>=|[.*[\]{}(),:@&|!<>])/y

export function queryTokens(text: string): QueryToken[] {
  const tokens: QueryToken[] = []
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw queryError(`Bad jmespath expression: Unknown token ${text[at]} in ${text}`)
    const [, name, number, quoted, raw, literal, sign] = match
    if (name !== undefined) tokens.push({ type: 'name', text: name })
    else if (number !== undefined) tokens.push({ type: 'number', text: number })
    else if (quoted !== undefined) tokens.push({ type: 'name', text: String(readJson(`"${quoted}"`)), quoted: true })
    else if (raw !== undefined) tokens.push({ type: 'literal', text: raw, value: raw.replaceAll("\\'", "'") })
    else if (literal !== undefined) tokens.push({ type: 'literal', text: literal, value: literalOf(literal) })
    else if (sign !== undefined) tokens.push({ type: 'sign', text: sign })
  }
  tokens.push({ type: 'end', text: '' })
  return tokens
}

export function queryError(message: string): PyError {
  return new PyError('jmespath.exceptions.ParseError', message)
}

/** JSON, or a bare word. */
function literalOf(text: string): Value {
  const plain = text.replaceAll('\\`', '`').trim()
  try {
    return readJson(plain)
  } catch {
    return plain
  }
}
