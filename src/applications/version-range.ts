/** Ranges of versions as package.json writes them (`>=20 <23`, `^22.1`, `18 || 20.x`), and whether a version is in one. */

type Version = readonly [major: number, minor: number, patch: number]

interface Bound {
  readonly operator: '<' | '<=' | '>' | '>='
  readonly version: Version
}

/** Alternatives, each a list of bounds that must all hold; null where the text is no range. */
export type Range = readonly (readonly Bound[])[]

export function parseRange(text: string): Range | null {
  const alternatives: Bound[][] = []
  for (const part of text.split('||')) {
    const bounds = boundsOf(part.trim())
    if (bounds === null) return null
    alternatives.push(bounds)
  }
  return alternatives
}

/** A pre-release counts as its release: Node's own are asked for by nobody. */
export function isInRange(version: string, range: Range): boolean {
  const parsed = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim())
  if (!parsed) return false
  const numbers: Version = [Number(parsed[1]), Number(parsed[2]), Number(parsed[3])]
  return range.some(bounds => bounds.every(bound => holds(numbers, bound)))
}

function boundsOf(text: string): Bound[] | null {
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(text)
  if (hyphen) {
    const from = partial(hyphen[1] as string)
    const to = partial(hyphen[2] as string)
    if (from === null || to === null) return null
    return [atLeast(lowest(from)), ...(to.length === 3 ? [upTo(lowest(to))] : below(after(to)))]
  }
  const bounds: Bound[] = []
  // An operator may stand apart from its version.
  for (const word of text
    .replace(/([<>=^~]+)\s+/g, '$1')
    .split(/\s+/)
    .filter(Boolean)) {
    const found = comparator(word)
    if (found === null) return null
    bounds.push(...found)
  }
  return bounds
}

function comparator(word: string): Bound[] | null {
  const match = /^(<=|>=|<|>|=|\^|~>?)?(.*)$/.exec(word)
  const given = partial(match?.[2] ?? '')
  if (given === null) return null
  const low = lowest(given)
  switch (match?.[1]) {
    case '>=':
      return [atLeast(low)]
    case '<':
      return [{ operator: '<', version: low }]
    case '>':
      return given.length === 3
        ? [{ operator: '>', version: low }]
        : given.length === 0
          ? nothing
          : [atLeast(after(given))]
    case '<=':
      return given.length === 3 ? [upTo(low)] : below(after(given))
    case '^':
      return [atLeast(low), ...below(caretEnd(given))]
    case '~':
    case '~>':
      return [atLeast(low), ...below(after(given.slice(0, 2)))]
    default:
      return given.length === 3 ? [atLeast(low), upTo(low)] : [atLeast(low), ...below(after(given))]
  }
}

/** The numbers that are there before an `x`, `*` or the end; null for what is no version. */
function partial(text: string): readonly number[] | null {
  const match = /^v?(\d+|[xX*])?(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:[-+][\w.+-]*)?$/.exec(text)
  if (!match) return null
  const numbers: number[] = []
  for (const part of match.slice(1, 4)) {
    if (part === undefined || !/^\d+$/.test(part)) break
    numbers.push(Number(part))
  }
  return numbers
}

const lowest = ([major = 0, minor = 0, patch = 0]: readonly number[]): Version => [major, minor, patch]

/** The first version that a partial one does not cover; null where it covers all. */
function after([major, minor]: readonly number[]): Version {
  if (major === undefined) return everything
  return minor === undefined ? [major + 1, 0, 0] : [major, minor + 1, 0]
}

function caretEnd(given: readonly number[]): Version {
  const [major, minor, patch] = given
  if (major === undefined) return everything
  if (major > 0 || minor === undefined) return [major + 1, 0, 0]
  return minor > 0 || patch === undefined ? [0, minor + 1, 0] : [0, 0, patch + 1]
}

const everything: Version = [Number.POSITIVE_INFINITY, 0, 0]
const nothing: Bound[] = [{ operator: '<', version: [0, 0, 0] }]
const atLeast = (version: Version): Bound => ({ operator: '>=', version })
const upTo = (version: Version): Bound => ({ operator: '<=', version })
const below = (version: Version): Bound[] => (version === everything ? [] : [{ operator: '<', version }])

function holds(version: Version, { operator, version: bound }: Bound): boolean {
  const order = version[0] - bound[0] || version[1] - bound[1] || version[2] - bound[2]
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}
