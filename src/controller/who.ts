/** Who somebody is, by what they hand over; nobody's word is taken for it. */
import type { Admission } from './admission.ts'
import type { Caller, Held, Origin } from './rights.ts'

/** The user that a token is of, with what it may now; undefined where the token does not count. Throws DIRECTORY_UNREACHABLE. */
export async function callerOfToken(admission: Admission, text: string, named?: string): Promise<Caller | undefined> {
  const { rememberUse, tokenOfText } = await import('../store/tokens.ts')
  const token = await tokenOfText(admission.store, text)
  if (token === undefined || (named !== undefined && token.user !== named)) return undefined
  const { id, rights, projects } = token
  // That it was of use is worth no failure.
  await rememberUse(admission.store, id).catch(() => {})
  return callerNamed(admission, token.user, { id, rights, projects })
}

/**
 * Undefined where the password is another, or there is no such user: both take the same work. Users of our own come first, and
 * the directory hears nothing of them. Throws DIRECTORY_UNREACHABLE, USER_TAKEN.
 */
export async function callerOfPassword(
  admission: Admission,
  name: string,
  password: string,
): Promise<Caller | undefined> {
  const { store, identity } = admission
  const [{ passwordOf, userNamed }, { isPassword }] = await Promise.all([
    import('../store/users.ts'),
    import('./passwords.ts'),
  ])
  const user = await userNamed(store, name)
  const isOwn = user?.source === 'local'
  if (await isPassword(password, isOwn ? await passwordOf(store, name) : null))
    return callerNamed(admission, name, null)
  const { directory } = identity
  if (directory === null) return undefined
  if (isOwn) {
    await directory.pretend().catch(() => {})
    return undefined
  }
  const person = await directory.check(name, password)
  if (person === undefined) return undefined
  const { admit } = await import('./admission.ts')
  return callerNamed(admission, await admit(store, person), null)
}

/** The user that is in by a cookie; undefined where the session has ended. Throws DIRECTORY_UNREACHABLE. */
export async function callerOfSession(admission: Admission, text: string): Promise<Caller | undefined> {
  const [{ rememberSession, sessionOfText }, { sessionLimits }] = await Promise.all([
    import('../store/sessions.ts'),
    import('./sessions.ts'),
  ])
  const session = await sessionOfText(admission.store, sessionLimits, text)
  if (session === undefined) return undefined
  await rememberSession(admission.store, text).catch(() => {})
  return callerNamed(admission, session.user, null)
}

/** The user that a key is of, as sshd found it by its fingerprint; undefined where it was taken away. Throws DIRECTORY_UNREACHABLE. */
export async function callerOfKey(admission: Admission, fingerprint: string): Promise<Caller | undefined> {
  const { keyOfFingerprint, rememberKeyUse } = await import('../store/keys.ts')
  const key = await keyOfFingerprint(admission.store, fingerprint)
  if (key === undefined) return undefined
  void rememberKeyUse(admission.store, fingerprint).catch(() => {})
  return callerNamed(admission, key.user, null, 'ssh')
}

async function callerNamed(
  admission: Admission,
  name: string,
  token: Held['token'],
  from: Origin = 'http',
): Promise<Caller | undefined> {
  const { store } = admission
  const [{ userNamed }, { grantsOfUser }] = await Promise.all([
    import('../store/users.ts'),
    import('../store/rights.ts'),
  ])
  const known = await userNamed(store, name)
  if (known === undefined || known.disabledAt !== null) return undefined
  const { stillIn } = await import('./admission.ts')
  const user = known.source === 'local' ? known : await stillIn(admission, known)
  if (user === undefined) return undefined
  return { name: user.name, from, held: { admin: user.admin, grants: await grantsOfUser(store, name), token } }
}
