/** Users, as a file has them. Passwords and tokens are in no file. */

import type { Piece, Reader } from '../../configuration/placed-yaml.ts'
import { isUserName, shown } from '../../kernel/names.ts'
import type { Store } from '../../store/store.ts'
import { type Change, type Field, turns } from './change.ts'

export interface WantedUser {
  /** What was not said stays as it is. */
  readonly admin?: boolean
  readonly groups?: readonly string[]
  readonly disabled?: boolean
  readonly at: number
}

export interface UserThere {
  readonly admin: boolean
  readonly groups: readonly string[]
  readonly disabled: boolean
  readonly hasPassword: boolean
  /** A directory or a provider says who it is: no file makes such a one. */
  readonly isElsewhere: boolean
}

export async function usersThere(store: Store | undefined): Promise<ReadonlyMap<string, UserThere>> {
  if (store === undefined) return new Map()
  const { listMemberships, listUsers } = await import('../../store/users.ts')
  const [users, memberships] = await Promise.all([listUsers(store), listMemberships(store)])
  return new Map(
    users.map(one => [
      one.name,
      {
        admin: one.admin,
        groups: [...(memberships.get(one.name) ?? [])].sort(),
        disabled: one.disabledAt !== null,
        hasPassword: one.hasPassword,
        isElsewhere: one.source !== 'local',
      },
    ]),
  )
}

export function readUsers(reader: Reader, piece: Piece): ReadonlyMap<string, WantedUser> {
  return new Map(
    reader.mapping(piece, 'users').flatMap(entry => {
      const { key: name, keyAt } = entry
      if (!isUserName(name)) {
        reader.fault(keyAt, `${shown(name)} is not a name of a user`)
        return []
      }
      const fields = reader.fields(entry, `the user ${name}`, ['admin', 'groups', 'disabled'])
      const admin = fields.get('admin')
      const groups = fields.get('groups')
      const disabled = fields.get('disabled')
      const isAdmin = admin && reader.flag(admin, 'admin')
      const isDisabled = disabled && reader.flag(disabled, 'disabled')
      const wanted: WantedUser = {
        ...(isAdmin === undefined ? {} : { admin: isAdmin }),
        ...(isDisabled === undefined ? {} : { disabled: isDisabled }),
        ...(groups === undefined ? {} : { groups: readGroups(reader, groups) }),
        at: keyAt,
      }
      return [[name, wanted] as const]
    }),
  )
}

function readGroups(reader: Reader, piece: Piece): string[] {
  const names = reader.list(piece, 'groups').flatMap(one => {
    const name = reader.text(one, 'a group')
    if (name !== undefined && !isUserName(name)) reader.fault(one.at, `${shown(name)} is not a name of a group`)
    return name ?? []
  })
  return [...new Set(names)].sort()
}

/** `fault`: at a place of the file. */
export function userChanges(
  wanted: ReadonlyMap<string, WantedUser>,
  there: ReadonlyMap<string, UserThere>,
  fault: Reader['fault'],
): { readonly changes: readonly Change[]; readonly gone: readonly Change[] } {
  const changes = [...wanted].flatMap(([name, user]) => {
    const now = there.get(name)
    if (now?.isElsewhere) {
      fault(user.at, `${name} is known by a directory or a provider, which says what groups it is in`)
      return []
    }
    return now === undefined ? [added(name, user)] : changed(name, user, now)
  })
  const gone = [...there].flatMap(([name, { isElsewhere }]) => (wanted.has(name) || isElsewhere ? [] : [removed(name)]))
  return { changes, gone }
}

function added(name: string, { admin = false, groups = [], disabled = false }: WantedUser): Change {
  const fields = [
    ...(admin ? [{ key: 'admin', after: true }] : []),
    ...(groups.length > 0 ? [{ key: 'groups', after: groups }] : []),
    ...(disabled ? [{ key: 'disabled', after: true }] : []),
  ]
  return {
    ...{ action: 'add', kind: 'user', name, fields, turn: turns.user },
    async carryOut(hands) {
      const { addUser, disableUser, setGroups } = await import('../../store/users.ts')
      const store = await hands.store()
      // Nobody is let in meanwhile: without a token or a password nobody can ask.
      await addUser(store, { name, admin })
      if (disabled) await disableUser(store, name)
      if (groups.length > 0) await setGroups(store, name, groups)
    },
  }
}

function changed(name: string, wanted: WantedUser, now: UserThere): Change[] {
  const fields: Field[] = (['admin', 'groups', 'disabled'] as const).flatMap(key => {
    const [before, after] = [now[key], wanted[key]]
    return after === undefined || JSON.stringify(before) === JSON.stringify(after) ? [] : [{ key, before, after }]
  })
  if (fields.length === 0) return []
  const of = (key: string) => fields.some(one => one.key === key)
  return [
    {
      ...{ action: 'change', kind: 'user', name, fields, turn: turns.user },
      async carryOut(hands) {
        const { disableUser, enableUser, setAdmin, setGroups } = await import('../../store/users.ts')
        const store = await hands.store()
        if (of('admin')) await setAdmin(store, name, wanted.admin === true)
        if (of('groups')) await setGroups(store, name, wanted.groups ?? [])
        if (of('disabled')) await (wanted.disabled === true ? disableUser : enableUser)(store, name)
      },
    },
  ]
}

function removed(name: string): Change {
  return {
    ...{ action: 'remove', kind: 'user', name, fields: [], turn: turns.userGone },
    async carryOut(hands) {
      const { removeUser } = await import('../../store/users.ts')
      await removeUser(await hands.store(), name)
    },
  }
}
