/** Lets in whom a directory or a provider knows, as users of the store; and asks again whether it still does. */
import type { Directory } from '../identity/ldap.ts'
import type { Provider } from '../identity/oidc.ts'
import type { Person } from '../identity/person.ts'
import { CorpusError } from '../kernel/errors.ts'
import { entryIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import type { Store } from '../store/store.ts'
import type { User } from '../store/users.ts'

/** Who says who somebody is, beside the store. */
export interface Identity {
  readonly directory: Directory | null
  readonly provider: Provider | null
}

/** What it takes to find out who somebody is. */
export interface Admission {
  readonly store: Store
  readonly identity: Identity
}

/** What `<root>/corpus/login.yaml` says; what is not set up there is not loaded. Throws LOGIN_INVALID. */
export async function openIdentity(root: string): Promise<Identity> {
  if (entryIfThere(rootLayout(root).login) === undefined) return { directory: null, provider: null }
  const settings = await (await import('../identity/settings.ts')).readLogin(root)
  const { ldap = null, oidc = null } = settings ?? {}
  return {
    directory: ldap && (await import('../identity/ldap.ts')).directoryOf(ldap),
    provider: oidc && (await import('../identity/oidc.ts')).providerOf(oidc),
  }
}

/**
 * The name of the user that a person is; made at the first login, so that rights and tokens have somebody to belong to. A name that
 * is another's (a user of our own, somebody of another source, or who had it before) stays theirs. Throws USER_TAKEN.
 */
export async function admit(store: Store, person: Person): Promise<string> {
  const { addUser, confirmUser, groupsOf, userNamed, userOfSubject } = await import('../store/users.ts')
  const { source, subject, name } = person
  const find = () => userOfSubject(store, source, subject)
  const known = (await find()) ?? (await made())
  // A directory is asked again by the name; a provider never is, and may call people what it likes by then.
  if (source === 'ldap' && known.name !== name) throw taken(`The directory calls ${known.name} ${name} by now.`)
  const groups = await groupsOf(store, known.name)
  const isAsBefore = known.admin === person.admin && groups.sort().join('\n') === [...person.groups].sort().join('\n')
  if (!isAsBefore || Math.abs(Date.now() - (known.confirmedAt ?? 0)) > confirmedEveryMilliseconds)
    await confirmUser(store, known.name, person)
  return known.name

  async function made(): Promise<User> {
    if ((await userNamed(store, name)) !== undefined) throw taken(`The name ${name} is another user’s here.`)
    try {
      return await addUser(store, { name, source, subject })
    } catch (error) {
      // Twice at once: the other has made it.
      const there = await find()
      if (there === undefined) throw error
      return there
    }
  }
}

const taken = (sentence: string): CorpusError => new CorpusError('USER_TAKEN', sentence)

/** A change for each request would have all of them wait for one another. */
const confirmedEveryMilliseconds = 60_000

/** A directory is asked again after so long whether it still knows somebody. */
const freshMilliseconds = 5 * 60_000
/** A provider can be asked of nobody who is not there: whoever was not there for so long has to log in. */
const providerMilliseconds = 7 * 86_400_000

/** The user as its source has it now; undefined where it does not know it any more. Throws DIRECTORY_UNREACHABLE. */
export async function stillIn({ store, identity }: Admission, user: User): Promise<User | undefined> {
  // Of a store whose clock goes ahead, too: then it is asked more often than it has to be.
  const age = Math.abs(Date.now() - (user.confirmedAt ?? 0))
  if (user.source === 'oidc') return identity.provider !== null && age < providerMilliseconds ? user : undefined
  const { directory } = identity
  if (user.source !== 'ldap' || directory === null) return undefined
  if (age < freshMilliseconds) return user
  if (!directory.looksUp) return undefined
  const person = await directory.lookUp(user.name)
  if (person !== undefined && person.subject === user.subject)
    return (await import('../store/users.ts')).confirmUser(store, user.name, person)
  await (await import('../store/sessions.ts')).endSessionsOf(store, user.name)
  return undefined
}

/** All that led to a fault of a directory or a provider, for whoever runs this; no secret is in it. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${whyOf(error.cause)}` : error.message
}
