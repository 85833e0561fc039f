/** What was granted and denied, as a file has it. */

import type { Piece, Reader } from '../../configuration/placed-yaml.ts'
import { isUserName, shown } from '../../kernel/names.ts'
import { meant } from '../../kernel/nearest.ts'
import type { NewGrant } from '../../store/rights.ts'
import type { Store } from '../../store/store.ts'
import { isGlobOfProjects } from '../people.ts'
import { grantable } from '../rights.ts'
import { type Change, turns } from './change.ts'

export interface GrantThere {
  readonly to: { readonly kind: 'user' | 'group'; readonly name: string }
  readonly right: string
  readonly projects: string
  readonly effect: 'allow' | 'deny'
}

export interface WantedGrant extends GrantThere {
  readonly at: number
}

/** In the order of a file. What is on anything else than projects is in none. */
export async function grantsThere(store: Store | undefined): Promise<readonly GrantThere[]> {
  if (store === undefined) return []
  const { listGrants } = await import('../../store/rights.ts')
  const all = (await listGrants(store)).filter(({ on }) => on.kind === 'project')
  return all
    .map(({ to, what, effect, on }): GrantThere => ({ to: { ...to }, right: what, projects: on.glob, effect }))
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
}

export function readGrants(reader: Reader, piece: Piece): readonly WantedGrant[] {
  const seen = new Set<string>()
  return reader.list(piece, 'grants').flatMap(one => {
    const fields = reader.fields(one, 'a grant', ['user', 'group', 'right', 'denied', 'projects'])
    const [user, group, right, denied] = (['user', 'group', 'right', 'denied'] as const).map(key => fields.get(key))
    const said = user ?? group
    const what = right ?? denied
    if (said === undefined || (user !== undefined && group !== undefined))
      reader.fault(one.at, 'a grant names either a user or a group')
    if (what === undefined || (right !== undefined && denied !== undefined))
      reader.fault(one.at, 'a grant names either a right or what is denied')
    const projects = fields.get('projects')
    if (projects === undefined) reader.fault(one.at, 'a grant names its projects')
    const texts = [said, what, projects].map(field => field && reader.text(field, field.key))
    const [name, word, glob] = texts
    if (name !== undefined && said !== undefined && !isUserName(name))
      reader.fault(said.at, `${shown(name)} is not a name of a user`)
    if (word !== undefined && what !== undefined && !(grantable as readonly string[]).includes(word))
      reader.fault(what.at, `${shown(word)} is neither a right nor a role.${meant(word, grantable)}`)
    if (glob !== undefined && projects !== undefined && !isGlobOfProjects(glob))
      reader.fault(projects.at, `${shown(glob)} is no name of projects`)
    if (name === undefined || word === undefined || glob === undefined) return []
    const grant: WantedGrant = {
      to: { kind: user === undefined ? 'group' : 'user', name },
      right: word,
      projects: glob,
      effect: denied === undefined ? 'allow' : 'deny',
      at: said?.at ?? one.at,
    }
    if (seen.has(keyOf(grant))) reader.fault(one.at, 'this grant stands twice')
    seen.add(keyOf(grant))
    return [grant]
  })
}

/** `isUser`: whether there is such a user once all of the file is so. */
export function grantChanges(
  wanted: readonly WantedGrant[],
  there: readonly GrantThere[],
  isUser: (name: string) => boolean,
  fault: Reader['fault'],
): { readonly changes: readonly Change[]; readonly gone: readonly Change[] } {
  for (const { to, at } of wanted)
    if (to.kind === 'user' && !isUser(to.name)) fault(at, `there is no user ${shown(to.name)}`)
  const [now, then] = [new Set(there.map(keyOf)), new Set(wanted.map(keyOf))]
  return {
    changes: wanted.filter(one => !now.has(keyOf(one))).map(added),
    gone: there.filter(one => !then.has(keyOf(one))).map(removed),
  }
}

/** `deployer on team-* for ann`. */
const nameOf = ({ to, right, projects, effect }: GrantThere): string =>
  `${effect === 'deny' ? 'no ' : ''}${right} on ${projects} for ${to.kind === 'group' ? 'the group ' : ''}${to.name}`

function added(grant: GrantThere): Change {
  const turn = grant.effect === 'deny' ? turns.denial : turns.grant
  return {
    ...{ action: 'add', kind: 'grant', name: nameOf(grant), fields: [], turn },
    async carryOut(hands) {
      const { grant: give } = await import('../../store/rights.ts')
      await give(await hands.store(), { ...kept(grant), grantedBy: hands.caller.name })
    },
  }
}

function removed(grant: GrantThere): Change {
  return {
    ...{ action: 'remove', kind: 'grant', name: nameOf(grant), fields: [], turn: turns.grantGone },
    async carryOut(hands) {
      const { revoke } = await import('../../store/rights.ts')
      await revoke(await hands.store(), kept(grant))
    },
  }
}

const kept = ({ to, right, projects, effect }: GrantThere): Omit<NewGrant, 'grantedBy'> => ({
  to,
  what: right,
  effect,
  on: { kind: 'project', glob: projects },
})

const keyOf = ({ to, right, projects, effect }: GrantThere): string =>
  JSON.stringify([to.kind, to.name, projects, effect, right])
