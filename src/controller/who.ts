/** Who somebody is, by what they hand over; nobody's word is taken for it. */
import type { Store } from '../store/store.ts'
import type { Caller, Held } from './rights.ts'

/** The user that a token is of, with what it may now; undefined where the token does not count. */
export async function callerOfToken(store: Store, text: string, named?: string): Promise<Caller | undefined> {
  const { rememberUse, tokenOfText } = await import('../store/tokens.ts')
  const token = await tokenOfText(store, text)
  if (token === undefined || (named !== undefined && token.user !== named)) return undefined
  const { id, rights, projects } = token
  // That it was of use is worth no failure.
  await rememberUse(store, id).catch(() => {})
  return callerNamed(store, token.user, { id, rights, projects })
}

/** Undefined where the password is another, or there is no such user: both take the same time. */
export async function callerOfPassword(store: Store, name: string, password: string): Promise<Caller | undefined> {
  const [{ passwordOf }, { isPassword }] = await Promise.all([import('../store/users.ts'), import('./passwords.ts')])
  if (!(await isPassword(password, await passwordOf(store, name)))) return undefined
  return callerNamed(store, name, null)
}

async function callerNamed(store: Store, name: string, token: Held['token']): Promise<Caller | undefined> {
  const [{ userNamed }, { grantsOfUser }] = await Promise.all([
    import('../store/users.ts'),
    import('../store/rights.ts'),
  ])
  const user = await userNamed(store, name)
  if (user === undefined || user.disabledAt !== null) return undefined
  return { name: user.name, from: 'http', held: { admin: user.admin, grants: await grantsOfUser(store, name), token } }
}
