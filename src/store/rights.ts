/** What was granted to whom. Which of it decides is said where rights are enforced, and nowhere here. */
import type { Selectable } from 'kysely'
import type { Store } from './store.ts'
import type { RightTable } from './tables.ts'
import { kept } from './text.ts'

export interface Grant {
  readonly number: number
  readonly to: Grantee
  /** A right (`deploy`) or a role (`maintainer`). */
  readonly what: string
  readonly effect: 'allow' | 'deny'
  readonly on: GrantTarget
  readonly grantedBy: string
  readonly createdAt: number
}

interface Grantee {
  readonly kind: 'user' | 'group'
  readonly name: string
}

interface GrantTarget {
  /** `project`, `guest`, `node`, `platform`. */
  readonly kind: string
  /** A glob. */
  readonly glob: string
}

export type NewGrant = Omit<Grant, 'number' | 'createdAt'>

/** Granted twice it is the same grant. Whether there is such a user, who calls has asked. */
export async function grant(store: Store, right: NewGrant): Promise<Grant> {
  return store.change(async change => {
    const row = { ...keyOf(right), granted_by: kept(right.grantedBy), created_at: store.clock }
    await change
      .insertInto('rights')
      .values(row)
      .onConflict(conflict => conflict.doNothing())
      .execute()
    const there = change.selectFrom('rights').selectAll()
    const { grantee_kind, grantee, what, effect, target_kind, target } = row
    return grantOf(
      await there
        .where('grantee_kind', '=', grantee_kind)
        .where('grantee', '=', grantee)
        .where('what', '=', what)
        .where('effect', '=', effect)
        .where('target_kind', '=', target_kind)
        .where('target', '=', target)
        .executeTakeFirstOrThrow(),
    )
  })
}

/** Answers whether it was there. */
export async function revoke(store: Store, right: Omit<NewGrant, 'grantedBy'>): Promise<boolean> {
  const { grantee_kind, grantee, what, effect, target_kind, target } = keyOf(right)
  const gone = await store.change(change =>
    change
      .deleteFrom('rights')
      .where('grantee_kind', '=', grantee_kind)
      .where('grantee', '=', grantee)
      .where('what', '=', what)
      .where('effect', '=', effect)
      .where('target_kind', '=', target_kind)
      .where('target', '=', target)
      .returning('number')
      .executeTakeFirst(),
  )
  return gone !== undefined
}

/** What a user was granted, and the groups that it is in. */
export async function grantsOfUser(store: Store, user: string): Promise<Grant[]> {
  const name = kept(user)
  const rows = await store.read(queries =>
    queries
      .selectFrom('rights')
      .selectAll()
      .where(eb =>
        eb.or([
          eb.and([eb('grantee_kind', '=', 'user'), eb('grantee', '=', name)]),
          eb.and([
            eb('grantee_kind', '=', 'group'),
            eb('grantee', 'in', eb.selectFrom('memberships').select('group_name').where('user_name', '=', name)),
          ]),
        ]),
      )
      .orderBy('number')
      .execute(),
  )
  return rows.map(grantOf)
}

export async function listGrants(store: Store): Promise<Grant[]> {
  const rows = await store.read(queries => queries.selectFrom('rights').selectAll().orderBy('number').execute())
  return rows.map(grantOf)
}

const keyOf = (right: Omit<NewGrant, 'grantedBy'>) => ({
  grantee_kind: right.to.kind,
  grantee: kept(right.to.name),
  what: kept(right.what),
  effect: right.effect,
  target_kind: kept(right.on.kind),
  target: kept(right.on.glob),
})

const grantOf = (row: Selectable<RightTable>): Grant => ({
  number: row.number,
  to: { kind: row.grantee_kind, name: row.grantee },
  what: row.what,
  effect: row.effect,
  on: { kind: row.target_kind, glob: row.target },
  grantedBy: row.granted_by,
  createdAt: row.created_at,
})
