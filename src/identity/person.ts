/** Who somebody is, as a directory or a provider says. */
import { isUserName } from '../kernel/names.ts'

export interface Person {
  readonly source: 'ldap' | 'oidc'
  /** What the source calls the person for ever, whatever its name is by then. */
  readonly subject: string
  /** As users are called here. */
  readonly name: string
  /** As groups are called here. */
  readonly groups: readonly string[]
  readonly admin: boolean
}

/** What groups of a source mean here. */
export interface GroupsMeant {
  /** A group of the source by its name, and what it is called here. */
  readonly names: Readonly<Record<string, string>>
  /** Whoever is in one of them is an administrator; by their names here. */
  readonly admins: readonly string[]
  /** Nobody else gets in; null: everybody whom the source knows. */
  readonly only: readonly string[] | null
}

/** A source that says more than this says nothing that anybody was granted. */
const mostGroups = 1000

/** What no group is called here is left out. */
export function groupsHere(meant: GroupsMeant, said: Iterable<string>): string[] {
  const groups = new Set<string>()
  for (const one of said) {
    const name = Object.hasOwn(meant.names, one) ? meant.names[one] : one
    if (name !== undefined && isUserName(name)) groups.add(name)
    if (groups.size >= mostGroups) break
  }
  return [...groups].sort()
}

export const isAdmin = ({ admins }: GroupsMeant, groups: readonly string[]): boolean =>
  admins.some(one => groups.includes(one))

export const getsIn = ({ only }: GroupsMeant, groups: readonly string[]): boolean =>
  only === null || only.some(one => groups.includes(one))
