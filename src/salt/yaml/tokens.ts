/** The words of a YAML text. */
import type { Mark } from './error.ts'

export type TokenType =
  | 'stream-end'
  | 'directive'
  | 'document-start'
  | 'document-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'block-entry'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar'

export interface Token {
  readonly type: TokenType
  readonly start: Mark
  /** The text of a scalar, the name of an anchor or alias, the suffix of a tag, the name of a directive. */
  readonly value: string
  /** The handle of a tag, or of a %TAG directive. */
  readonly handle?: string
  /** Of scalars: whether it was written without quotes, so that its looks decide its type. */
  readonly plain?: boolean
}
