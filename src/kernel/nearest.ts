/** The known word that somebody probably meant. */

/** The nearest of the known words, or undefined when none is near: of which at most so many letters differ, a third by default. */
export function nearest(
  word: string,
  known: Iterable<string>,
  most = Math.max(1, Math.floor(word.length / 3)),
): string | undefined {
  if (word === '') return undefined
  let best: string | undefined
  let least = most + 1
  for (const one of known) {
    const distance = editDistance(word, one, least)
    if (distance < least) {
      least = distance
      best = one
    }
  }
  return best
}

/** ` Did you mean x?`, to stand behind a sentence; empty when no word is near. */
export function meant(word: string, known: Iterable<string>): string {
  const near = nearest(word, known)
  return near === undefined ? '' : ` Did you mean ${near}?`
}

/** Letters to insert, delete, replace or swap; stops counting at the limit. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return Math.min(limit, row[b.length] ?? limit)
}
