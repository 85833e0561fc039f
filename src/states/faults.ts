/** What is wrong with a tree before anything runs: where, which text, and what to write instead. */
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

/** "Did you mean x?" for a word that is nearly a known one; otherwise ''. */
export function nearest(word: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word, candidate, bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** One slip of the hand away from a word. */
export const isSlip = (written: string, word: string): boolean => editDistance(written, word, 2) === 1

/** Insertions, deletions, replacements and swaps of neighbours; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return last[b.length] ?? limit
}
