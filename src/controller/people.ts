/** Users, their tokens and what was granted to them. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import type { Grant, NewGrant } from '../store/rights.ts'
import type { Store } from '../store/store.ts'
import type { Token } from '../store/tokens.ts'
import type { User } from '../store/users.ts'
import { projectNames } from './context.ts'
import { mayDo, onProject } from './may-do.ts'
import type { Asked } from './request.ts'
import { type Caller, grantable, type Held, type Right, rights } from './rights.ts'

/** The store of whoever asks, or one that is open meanwhile. Throws STORE_…. */
export async function withStore<T>(asked: Asked, work: (store: Store) => Promise<T>): Promise<T> {
  if (asked.store !== undefined) return work(asked.store)
  const { openStore } = await import('../store/open.ts')
  const store = await openStore({ root: asked.root, url: process.env['CORPUS_STORE'] })
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** A user as it is told of. */
const told = (user: User, groups: readonly string[]) => ({
  name: user.name,
  admin: user.admin,
  source: user.source,
  groups: [...groups],
  password: user.hasPassword,
  created_at: user.createdAt,
  disabled: user.disabledAt !== null,
})

export interface UserChoice {
  readonly admin?: boolean | undefined
  readonly password?: string | undefined
  readonly groups?: readonly string[] | undefined
}

/** Null where there is none. */
export async function personStands(asked: Asked, name: string) {
  const { groupsOf, userNamed } = await import('../store/users.ts')
  return withStore(asked, async store => {
    const user = await userNamed(store, name)
    return user === undefined ? null : told(user, await groupsOf(store, name))
  })
}

/** Throws USER_TAKEN, PASSWORD_INVALID. */
export async function addPerson(asked: Asked, name: string, choice: UserChoice) {
  const { admin = false, password, groups = [] } = choice
  const { addUser, setGroups } = await import('../store/users.ts')
  const hash = password === undefined ? null : await (await import('./passwords.ts')).hashOf(password)
  return withStore(asked, async store => {
    const user = await addUser(store, { name, admin, password: hash })
    if (groups.length > 0) await setGroups(store, name, groups)
    return told(user, [...groups].sort())
  })
}

export async function people(asked: Asked) {
  const { groupsOf, listUsers } = await import('../store/users.ts')
  return withStore(asked, async store => {
    const users = await listUsers(store)
    return Promise.all(users.map(async user => told(user, await groupsOf(store, user.name))))
  })
}

/** With its sessions, tokens and all that was granted to it. Throws USER_UNKNOWN. */
export async function removePerson(asked: Asked, name: string): Promise<void> {
  const { removeUser } = await import('../store/users.ts')
  await withStore(asked, async store => {
    await removeUser(store, name)
    await renewKeys(asked, store)
  })
}

/** Its sessions end. Throws USER_UNKNOWN, USER_ELSEWHERE, PASSWORD_INVALID. */
export async function givePassword(asked: Asked, name: string, password: string): Promise<void> {
  const [{ setPassword }, { hashOf }] = await Promise.all([import('../store/users.ts'), import('./passwords.ts')])
  const hash = await hashOf(password)
  await withStore(asked, async store => {
    const { source } = await needUser(store, name)
    if (source !== 'local') throw new CorpusError('USER_ELSEWHERE', `${name} has no password here, but by ${source}.`)
    await setPassword(store, name, hash)
  })
}

export interface TokenChoice {
  readonly label?: string | undefined
  readonly right?: readonly string[] | undefined
  readonly project?: readonly string[] | undefined
  readonly days?: number | undefined
}

const tokenTold = ({ id, user, label, rights, projects, createdAt, expiresAt, usedAt, revokedAt }: Token) => ({
  id,
  user,
  label,
  rights: rights && [...rights],
  projects: projects && [...projects],
  created_at: createdAt,
  expires_at: expiresAt,
  used_at: usedAt,
  revoked_at: revokedAt,
})

/** The text of it is in this answer and nowhere else. Throws USER_UNKNOWN, RIGHT_UNKNOWN, USAGE. */
export async function makeToken(asked: Asked, name: string, choice: TokenChoice) {
  const { label = '', right, project, days } = choice
  for (const one of right ?? []) checkRight(one)
  for (const one of project ?? []) checkGlob(one)
  return withStore(asked, async store => {
    await needUser(store, name)
    const { createToken } = await import('../store/tokens.ts')
    const { text, token } = await createToken(store, {
      user: name,
      label,
      rights: right ?? null,
      projects: project ?? null,
      seconds: days === undefined ? null : days * 86_400,
    })
    return { token: text, ...tokenTold(token) }
  })
}

/** Throws USER_UNKNOWN. */
export async function tokensOf(asked: Asked, name?: string) {
  return withStore(asked, async store => {
    if (name !== undefined) await needUser(store, name)
    return (await (await import('../store/tokens.ts')).listTokens(store, name)).map(tokenTold)
  })
}

/** Null where there is none. */
export async function tokenStands(asked: Asked, id: string) {
  return (await tokensOf(asked)).find(one => one.id === id) ?? null
}

/** Throws TOKEN_UNKNOWN. */
export async function endToken(asked: Asked, id: string): Promise<void> {
  const { revokeToken } = await import('../store/tokens.ts')
  await withStore(asked, async store => {
    if (!(await revokeToken(store, id))) throw new CorpusError('TOKEN_UNKNOWN', `There is no token ${shown(id)}.`)
  })
}

/** All that was granted to a user or a group by name. */
export async function grantsStand(asked: Asked, name: string, isGroup: boolean) {
  const { listGrants } = await import('../store/rights.ts')
  return withStore(asked, async store =>
    (await listGrants(store))
      .filter(({ to }) => to.name === name && (to.kind === 'group') === isGroup)
      .map(({ what, effect, on }) => ({ right: what, effect, projects: on.glob })),
  )
}

export interface GrantChoice {
  readonly who: string
  readonly isGroup: boolean
  readonly right: string
  readonly glob: string
  readonly isDenial: boolean
}

/** Throws USER_UNKNOWN, RIGHT_UNKNOWN, USAGE. */
export async function grantTo(asked: Asked, caller: Caller, choice: GrantChoice): Promise<void> {
  const { grant } = await import('../store/rights.ts')
  checkRight(choice.right)
  checkGlob(choice.glob)
  await withStore(asked, async store => {
    if (!choice.isGroup) await needUser(store, choice.who)
    await grant(store, { ...grantOf(choice), grantedBy: caller.name })
    await renewKeys(asked, store)
  })
}

/** Throws GRANT_UNKNOWN. */
export async function takeBack(asked: Asked, choice: GrantChoice): Promise<void> {
  const { revoke } = await import('../store/rights.ts')
  await withStore(asked, async store => {
    const { who, right, glob } = choice
    if (!(await revoke(store, grantOf(choice))))
      throw new CorpusError('GRANT_UNKNOWN', `${who} was not granted ${shown(right)} on ${shown(glob)}.`)
    await renewKeys(asked, store)
  })
}

/** Whose keys count, and who may have a terminal, stands in what sshd reads. */
const renewKeys = async (asked: Asked, store: Store): Promise<void> =>
  (await import('./keys-for-sshd.ts')).writeKeysOfUsers(asked, store)

const grantOf = ({ who, isGroup, right, glob, isDenial }: GrantChoice): Omit<NewGrant, 'grantedBy'> => ({
  to: { kind: isGroup ? 'group' : 'user', name: who },
  what: right,
  effect: isDenial ? 'deny' : 'allow',
  on: { kind: 'project', glob },
})

/** What a user may on each project of this machine that it sees, by the function that decides. Throws USER_UNKNOWN. */
export async function rightsOfPerson(asked: Asked, name: string) {
  return withStore(asked, async store => {
    const user = await needUser(store, name)
    const grants = await grantsOf(store, name)
    const held: Held = { admin: user.admin, grants, token: null }
    const holds = (right: Right, project: string) => mayDo({ held }, right, onProject(project))
    return {
      user: name,
      admin: user.admin,
      granted: grants.map(({ to, what, effect, on }) => ({
        right: what,
        effect,
        project: on.glob,
        group: to.kind === 'group' ? to.name : null,
      })),
      projects: projectNames(asked)
        .filter(project => holds('see', project))
        .map(project => ({ name: project, rights: rights.filter(right => holds(right, project)) })),
    }
  })
}

const grantsOf = async (store: Store, name: string): Promise<Grant[]> =>
  (await import('../store/rights.ts')).grantsOfUser(store, name)

export async function needUser(store: Store, name: string): Promise<User> {
  const user = await (await import('../store/users.ts')).userNamed(store, name)
  if (user === undefined) throw new CorpusError('USER_UNKNOWN', `There is no user ${shown(name)}.`)
  return user
}

function checkRight(what: string): void {
  if (!(grantable as readonly string[]).includes(what))
    throw new CorpusError('RIGHT_UNKNOWN', `${shown(what)} is neither a right nor a role.`)
}

/** What no project is called would be granted in vain, and its author would not know. */
export const isGlobOfProjects = (text: string): boolean =>
  /^[a-z*][a-z0-9_*-]{0,62}(@[a-z*][a-z0-9_*-]{0,62})?$/.test(text)

function checkGlob(glob: string): void {
  if (!isGlobOfProjects(glob))
    throw new CorpusError(
      'USAGE',
      `${shown(glob)} is no name of projects: letters, digits, "-", "_", and * for any of them.`,
    )
}
