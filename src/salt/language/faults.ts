/** What is wrong with a tree before anything runs: where, which text, and what to write instead. */
import { editDistance } from '../../kernel/nearest.ts'
import type { Place } from './step.ts'

export type FaultKind =
  | 'source'
  | 'template'
  | 'yaml'
  | 'shape'
  | 'include'
  | 'identity'
  | 'extend'
  | 'requisite'
  | 'name'
  | 'argument'
  | 'pillar'
  | 'circle'
  /** Of a check alone: no fault, but what cannot be known before it runs. */
  | 'unknown'

export interface Fault {
  readonly kind: FaultKind
  /** One sentence, as people of Salt know it; may go on with the lines around it. */
  readonly message: string
  readonly sls: string | null
  readonly place: Place | null
  /** The line that it is about. */
  readonly excerpt: string | null
  /** What to write instead, one sentence. */
  readonly advice: string
  /** A doubt does not stop a run (Salt finds it when it gets there); a check refuses it. */
  readonly doubt: boolean
}

export function fault(kind: FaultKind, message: string, more: Partial<Omit<Fault, 'kind' | 'message'>> = {}): Fault {
  return { kind, message, sls: null, place: null, excerpt: null, advice: '', doubt: false, ...more }
}

/** A fault as a person reads it: place, sentence, the line, the advice. */
export function faultText(found: Fault): string {
  const where = found.place ? `${found.place.path}:${found.place.line}:${found.place.column}: ` : ''
  const line = found.excerpt ? `\n    ${found.excerpt.trim()}` : ''
  const advice = found.advice ? `\n  ${found.advice}` : ''
  return `${where}${found.message}${line}${advice}`
}

/**
 * What is wrong with a pillar, for logs that others read: its first line, without what may be quoted of a value. Names that a
 * template does not know are told.
 */
export function withoutValues(message: string): string {
  const [first = ''] = message.split('\n')
  const [start = ''] = /^Rendering SLS '[^']*' failed: /.exec(first) ?? []
  const words = first.slice(start.length)
  const isOfNames = / is undefined|has no attribute|unknown tag|expected token|no (filter|test) named/.test(words)
  return start + (isOfNames ? words : words.replace(/(["'])(?:(?!\1).){2,}\1/g, '…'))
}

/** One slip of the hand away from a word. */
export const isSlip = (written: string, word: string): boolean => editDistance(written, word, 2) === 1
