/** Who may do what: the one function that decides, for what is asked and for what is listed alike. */
import { type Caller, type Granted, type Held, type Right, roles, type Target } from './rights.ts'

/** `shop`, `shop@staging`, the name of a node; nothing on the machine itself. */
export interface Aim {
  readonly kind: Exclude<Target, 'job' | 'each project'>
  readonly name: string
}

export const machine: Aim = { kind: 'machine', name: '*' }
export const onProject = (name: string): Aim => ({ kind: 'project', name })

/**
 * Nothing is allowed that nobody granted. Of all that was granted on the target, the most specific glob decides, and where
 * several are as specific, a denial. Whoever holds any right on a thing sees it; whoever may not see it may do nothing with it.
 */
export function mayDo({ held }: Pick<Caller, 'held'>, right: Right, aim: Aim): boolean {
  if (held === undefined) return true
  if (!tokenReaches(held, right, aim)) return false
  if (held.admin) return true
  const there = held.grants.filter(one => one.on.kind === aim.kind && reaches(one.on.glob, aim.name))
  return isGiven(there, isOfSight) && (right === 'see' || isGiven(there, ({ what }) => rightsIn(what).includes(right)))
}

/** Of a token that was narrowed to projects, there is nothing else. */
function tokenReaches({ token }: Held, right: Right, aim: Aim): boolean {
  if (token === null) return true
  if (token.projects !== null) {
    if (aim.kind !== 'project' || !token.projects.some(glob => reaches(glob, aim.name))) return false
  }
  const { rights } = token
  return rights === null || (right === 'see' ? rights.length > 0 : rights.some(what => rightsIn(what).includes(right)))
}

/** Any right lets one see; sight alone, or a role, takes it away. */
const isOfSight = ({ what, effect }: Granted): boolean => effect === 'allow' || rightsIn(what).includes('see')

function isGiven(grants: readonly Granted[], counts: (grant: Granted) => boolean): boolean {
  const counting = grants.filter(counts)
  const deepest = counting.reduce<Granted | undefined>(
    (most, one) => (most === undefined || isDeeper(one.on.glob, most.on.glob) ? one : most),
    undefined,
  )
  if (deepest === undefined) return false
  const deciding = counting.filter(one => !isDeeper(deepest.on.glob, one.on.glob))
  return deciding.every(one => one.effect === 'allow')
}

/** A name is deeper than a glob, and a glob with more letters than one with fewer. */
function isDeeper(one: string, other: string): boolean {
  const [nameFirst, nameSecond] = [!one.includes('*'), !other.includes('*')]
  if (nameFirst !== nameSecond) return nameFirst
  return lettersOf(one) > lettersOf(other)
}

const lettersOf = (glob: string): number => glob.replaceAll('*', '').length

/** `*` stands for any letters but `@`, behind which a platform is; a glob without one means every platform. */
export function reaches(glob: string, name: string): boolean {
  const [project = '', platform] = glob.split('@')
  const [wanted = '', where] = name.split('@')
  if (!matches(project, wanted)) return false
  return platform === undefined || (where !== undefined && matches(platform, where))
}

/** In a time that grows with the product of both lengths at most, whatever stands in the glob. */
function matches(glob: string, text: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return first === text
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= text.length - last.length
}

/** A role is its rights. What this corpus does not know is a right that nobody asks for. */
export function rightsIn(what: string): readonly Right[] {
  return Object.hasOwn(roles, what) ? roles[what as keyof typeof roles] : [what as Right]
}
