/** Users and their groups. What they may is in rights.ts. */
import type { Selectable } from 'kysely'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { isTaken } from './faults.ts'
import type { Change, Store } from './store.ts'
import type { UserTable } from './tables.ts'
import { kept, keptOrNull } from './text.ts'

export interface User {
  readonly name: string
  readonly admin: boolean
  /** Who says who it is: `local`, `ldap`, `oidc`. */
  readonly source: string
  readonly subject: string | null
  readonly hasPassword: boolean
  readonly createdAt: number
  readonly disabledAt: number | null
  /** When its source last said that it knows it; null for `local`. */
  readonly confirmedAt: number | null
}

export interface NewUser {
  /** Parsed by who calls. */
  readonly name: string
  readonly admin?: boolean
  readonly source?: string
  readonly subject?: string | null
  /** As argon2 writes it; never a password. */
  readonly password?: string | null
}

/** Throws USER_TAKEN. */
export async function addUser(store: Store, user: NewUser): Promise<User> {
  const row = {
    name: kept(user.name),
    password: keptOrNull(user.password),
    admin: user.admin === true ? 1 : 0,
    source: user.source ?? 'local',
    subject: keptOrNull(user.subject),
    created_at: store.clock,
  }
  try {
    return userOf(
      await store.change(change => change.insertInto('users').values(row).returningAll().executeTakeFirstOrThrow()),
    )
  } catch (error) {
    if (isTaken(error)) throw new CorpusError('USER_TAKEN', `There is a user ${shown(user.name)} already.`)
    throw error
  }
}

export async function userNamed(store: Store, name: string): Promise<User | undefined> {
  const row = await rowOf(store, name)
  return row && userOf(row)
}

/** Who a directory or a provider says that it is. */
export async function userOfSubject(store: Store, source: string, subject: string): Promise<User | undefined> {
  const row = await store.read(queries =>
    queries
      .selectFrom('users')
      .selectAll()
      .where('source', '=', source)
      .where('subject', '=', kept(subject))
      .executeTakeFirst(),
  )
  return row && userOf(row)
}

/** What a login compares with; null where the user has none here, is disabled or unknown. */
export async function passwordOf(store: Store, name: string): Promise<string | null> {
  const row = await rowOf(store, name)
  return row === undefined || row.disabled_at !== null ? null : row.password
}

/** By their names. */
export async function listUsers(store: Store): Promise<User[]> {
  const rows = await store.read(queries => queries.selectFrom('users').selectAll().orderBy('name').execute())
  return rows.map(userOf)
}

/** Whoever is in by the old one has to come in anew. Throws USER_UNKNOWN. */
export const setPassword = (store: Store, name: string, hash: string | null): Promise<User> =>
  update(store, name, { password: keptOrNull(hash) }, change =>
    change.deleteFrom('sessions').where('user_name', '=', kept(name)).execute(),
  )
export const setAdmin = (store: Store, name: string, admin: boolean): Promise<User> =>
  update(store, name, { admin: admin ? 1 : 0 })
export const enableUser = (store: Store, name: string): Promise<User> => update(store, name, { disabled_at: null })
export const disableUser = (store: Store, name: string): Promise<User> =>
  update(store, name, { disabled_at: store.clock })

/** With its sessions, tokens, keys, memberships and rights. Throws USER_UNKNOWN. */
export async function removeUser(store: Store, name: string): Promise<void> {
  await store.change(async change => {
    const gone = await change.deleteFrom('users').where('name', '=', kept(name)).returning('name').executeTakeFirst()
    if (gone === undefined) throw unknown(name)
    await change.deleteFrom('rights').where('grantee_kind', '=', 'user').where('grantee', '=', gone.name).execute()
  })
}

/** The groups come into being with their first member. Throws USER_UNKNOWN. */
export async function setGroups(
  store: Store,
  name: string,
  groups: readonly string[],
  source = 'local',
): Promise<void> {
  await store.change(async change => {
    const user = await change.selectFrom('users').select('name').where('name', '=', kept(name)).executeTakeFirst()
    if (user === undefined) throw unknown(name)
    await change.deleteFrom('memberships').where('user_name', '=', user.name).execute()
    for (const group of new Set(groups.map(kept))) await join(change, store, user.name, group, source)
  })
}

export interface Confirmed {
  readonly admin: boolean
  readonly groups: readonly string[]
}

/** What its source said of a user a moment ago takes the place of what it said before. Throws USER_UNKNOWN. */
export async function confirmUser(store: Store, name: string, { admin, groups }: Confirmed): Promise<User> {
  return store.change(async change => {
    const row = await change
      .updateTable('users')
      .set({ admin: admin ? 1 : 0, confirmed_at: store.clock })
      .where('name', '=', kept(name))
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw unknown(name)
    await change.deleteFrom('memberships').where('user_name', '=', row.name).execute()
    for (const group of new Set(groups.map(kept))) await join(change, store, row.name, group, row.source)
    return userOf(row)
  })
}

/** Sorted. */
export async function groupsOf(store: Store, name: string): Promise<string[]> {
  const rows = await store.read(queries =>
    queries
      .selectFrom('memberships')
      .select('group_name')
      .where('user_name', '=', kept(name))
      .orderBy('group_name')
      .execute(),
  )
  return rows.map(row => row.group_name)
}

/** Of all users at once: the groups of each, sorted. */
export async function listMemberships(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await store.read(queries =>
    queries.selectFrom('memberships').selectAll().orderBy('user_name').orderBy('group_name').execute(),
  )
  const groups = new Map<string, string[]>()
  for (const { user_name, group_name } of rows) groups.set(user_name, [...(groups.get(user_name) ?? []), group_name])
  return groups
}

async function join(change: Change, store: Store, user: string, group: string, source: string): Promise<void> {
  await change
    .insertInto('groups')
    .values({ name: group, source, created_at: store.clock })
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await change.insertInto('memberships').values({ user_name: user, group_name: group }).execute()
}

const rowOf = (store: Store, name: string): Promise<Selectable<UserTable> | undefined> =>
  store.read(queries => queries.selectFrom('users').selectAll().where('name', '=', kept(name)).executeTakeFirst())

async function update(
  store: Store,
  name: string,
  set: { password?: string | null; admin?: number; disabled_at?: Store['clock'] | null },
  also: (change: Change) => Promise<unknown> = async () => {},
): Promise<User> {
  const row = await store.change(async change => {
    await also(change)
    return change.updateTable('users').set(set).where('name', '=', kept(name)).returningAll().executeTakeFirst()
  })
  if (row === undefined) throw unknown(name)
  return userOf(row)
}

const userOf = (row: Selectable<UserTable>): User => ({
  name: row.name,
  admin: row.admin === 1,
  source: row.source,
  subject: row.subject,
  hasPassword: row.password !== null,
  createdAt: row.created_at,
  disabledAt: row.disabled_at,
  confirmedAt: row.confirmed_at,
})

const unknown = (name: string): CorpusError => new CorpusError('USER_UNKNOWN', `There is no user ${shown(name)}.`)
