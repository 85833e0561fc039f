/** Finds what two lists of lines have in common, as Python's difflib does, popular lines left aside in long texts. */

export interface Operation {
  readonly kind: 'equal' | 'replace' | 'delete' | 'insert'
  readonly aStart: number
  readonly aEnd: number
  readonly bStart: number
  readonly bEnd: number
}

interface Match {
  readonly a: number
  readonly b: number
  readonly size: number
}

/** In lists this long, lines that make up more than one in a hundred are not matched on. */
const longList = 200

export function operations(a: readonly string[], b: readonly string[]): Operation[] {
  const found: Operation[] = []
  let i = 0
  let j = 0
  for (const match of matchingBlocks(a, b)) {
    const range = { aStart: i, aEnd: match.a, bStart: j, bEnd: match.b }
    if (i < match.a && j < match.b) found.push({ kind: 'replace', ...range })
    else if (i < match.a) found.push({ kind: 'delete', ...range })
    else if (j < match.b) found.push({ kind: 'insert', ...range })
    i = match.a + match.size
    j = match.b + match.size
    if (match.size > 0) found.push({ kind: 'equal', aStart: match.a, aEnd: i, bStart: match.b, bEnd: j })
  }
  return found
}

/** The blocks in order, neighbours joined, and an empty one at the end. */
function matchingBlocks(a: readonly string[], b: readonly string[]): Match[] {
  const places = placesOf(b)
  const blocks: Match[] = []
  const open: [number, number, number, number][] = [[0, a.length, 0, b.length]]
  for (let range = open.pop(); range; range = open.pop()) {
    const [aStart, aEnd, bStart, bEnd] = range
    const match = longestMatch(a, b, places, range)
    if (match.size === 0) continue
    blocks.push(match)
    if (aStart < match.a && bStart < match.b) open.push([aStart, match.a, bStart, match.b])
    const [aNext, bNext] = [match.a + match.size, match.b + match.size]
    if (aNext < aEnd && bNext < bEnd) open.push([aNext, aEnd, bNext, bEnd])
  }
  blocks.sort((x, y) => x.a - y.a || x.b - y.b)
  const joined: Match[] = []
  for (const block of blocks) {
    const last = joined.at(-1)
    if (last && last.a + last.size === block.a && last.b + last.size === block.b)
      joined[joined.length - 1] = { ...last, size: last.size + block.size }
    else joined.push(block)
  }
  return [...joined, { a: a.length, b: b.length, size: 0 }]
}

function placesOf(b: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [index, line] of b.entries()) {
    const known = places.get(line)
    if (known) known.push(index)
    else places.set(line, [index])
  }
  if (b.length >= longList) {
    const most = Math.floor(b.length / 100) + 1
    for (const [line, indexes] of places) if (indexes.length > most) places.delete(line)
  }
  return places
}

/** The longest run of equal lines in the range, the earliest in a and then in b where there are several. */
function longestMatch(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, number[]>,
  [aStart, aEnd, bStart, bEnd]: readonly [number, number, number, number],
): Match {
  let best: Match = { a: aStart, b: bStart, size: 0 }
  let lengths = new Map<number, number>()
  for (let i = aStart; i < aEnd; i += 1) {
    const next = new Map<number, number>()
    for (const j of places.get(a[i] ?? '') ?? []) {
      if (j < bStart) continue
      if (j >= bEnd) break
      const size = (lengths.get(j - 1) ?? 0) + 1
      next.set(j, size)
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size }
    }
    lengths = next
  }
  return widened(a, b, best, [aStart, aEnd, bStart, bEnd])
}

/** Popular lines were not matched on, but a match may reach over them. */
function widened(
  a: readonly string[],
  b: readonly string[],
  match: Match,
  [aStart, aEnd, bStart, bEnd]: readonly [number, number, number, number],
): Match {
  let { a: i, b: j, size } = match
  while (i > aStart && j > bStart && a[i - 1] === b[j - 1]) {
    i -= 1
    j -= 1
    size += 1
  }
  while (i + size < aEnd && j + size < bEnd && a[i + size] === b[j + size]) size += 1
  return { a: i, b: j, size }
}
