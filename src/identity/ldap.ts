/** An LDAP directory: whether a password counts there, and whom it knows. */
import { randomBytes } from 'node:crypto'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type SecureContext } from 'node:tls'
import type { Client, Entry } from 'ldapts'
import { CorpusError } from '../kernel/errors.ts'
import { isUserName } from '../kernel/names.ts'
import { dnValue, filled, filterValue } from './escape.ts'
import { getsIn, groupsHere, isAdmin, type Person } from './person.ts'
import type { LdapSettings } from './settings.ts'
import { trustIn } from './trust.ts'

export interface Directory {
  /** Undefined where it does not let that name in, or with another password: the same is asked of it. Throws DIRECTORY_UNREACHABLE. */
  check(name: string, password: string): Promise<Person | undefined>
  /** Asks what `check` asks, of nobody. Throws DIRECTORY_UNREACHABLE. */
  pretend(): Promise<void>
  /** Whether it can be asked of people who are not there. */
  readonly looksUp: boolean
  /** Undefined where it knows that name no longer. Throws DIRECTORY_UNREACHABLE. */
  lookUp(name: string): Promise<Person | undefined>
}

const mostPasswordBytes = 1024

export function directoryOf(settings: LdapSettings): Directory {
  const trust = trustIn(settings.ca)
  const ask = <T>(work: (asking: Asking) => Promise<T>): Promise<T> => connected(settings, trust, work)
  return {
    async check(name, password) {
      // A directory takes an empty password for somebody who does not want to be known, and says that all is well.
      if (password === '' || Buffer.byteLength(password) > mostPasswordBytes || password.includes('\0'))
        return undefined
      return isUserName(name) ? ask(asking => checked(asking, settings, name, password)) : undefined
    },
    async pretend() {
      await ask(asking => checked(asking, settings, unknownName(), unknownName()))
    },
    // Who tries people by their DN, and has nobody who looks them up, has only the people themselves.
    looksUp: settings.userDn === null || settings.bind !== null,
    lookUp: onceInAWhile(name =>
      ask(async asking => {
        const entry = await foundBy(asking, settings, name)
        return entry && personOf(asking, settings, entry)
      }),
    ),
  }
}

/** Of many who ask for one name at once, one does; that somebody is unknown is kept for a while, for programs ask again and again. */
function onceInAWhile<T>(ask: (name: string) => Promise<T | undefined>): (name: string) => Promise<T | undefined> {
  const asked = new Map<string, Promise<T | undefined>>()
  return name => {
    const known = asked.get(name)
    if (known !== undefined) return known
    const answer = ask(name)
    asked.set(name, answer)
    const forget = () => void asked.delete(name)
    answer.then(found => (found === undefined ? setTimeout(forget, unknownMilliseconds).unref() : forget()), forget)
    return answer
  }
}

const unknownMilliseconds = 10_000

/** Of nobody, in a form that people have. */
const unknownName = (): string => `x${randomBytes(12).toString('hex')}`

async function checked(
  asking: Asking,
  settings: LdapSettings,
  name: string,
  password: string,
): Promise<Person | undefined> {
  const entry = settings.userDn === null ? await foundBy(asking, settings, name) : undefined
  const dn = settings.userDn === null ? entry?.dn : filled(settings.userDn, { name: dnValue(name) })
  // Whom it does not know is tried all the same: both take as long.
  if (!(await asking.isIn(dn ?? nobodyIn(settings), password)) || dn === undefined) return undefined
  await asking.asWhoLooksUp()
  const own = entry ?? (await entryOf(asking, settings, name))
  if (own === undefined) throw fault('It does not show the entry of a person who is in.')
  const person = await personOf(asking, settings, own)
  if (person === undefined || person.name === name.toLowerCase()) return person
  // By this name it is asked from now on whether it still knows the person.
  const again = await entryOf(asking, settings, person.name)
  if (again?.dn !== own.dn) throw fault(`The filter of its users does not find ${person.name} by that name.`)
  return person
}

async function foundBy(asking: Asking, settings: LdapSettings, name: string): Promise<Entry | undefined> {
  await asking.asWhoLooksUp()
  return entryOf(asking, settings, name)
}

const nobodyIn = ({ users }: LdapSettings): string => `cn=${unknownName()},${users?.base ?? ''}`

/** The one that a name is of; where it is of several, it is nobody's. */
async function entryOf(asking: Asking, settings: LdapSettings, name: string): Promise<Entry | undefined> {
  const { users, userDn, nameAttribute, idAttribute } = settings
  const attributes = [nameAttribute, idAttribute]
  const wanted = { attributes, explicitBufferAttributes: [idAttribute], sizeLimit: 2 }
  const entries =
    users === null
      ? await asking.search(filled(userDn ?? '', { name: dnValue(name) }), { ...wanted, scope: 'base' })
      : await asking.search(users.base, { ...wanted, filter: filled(users.filter, { name: filterValue(name) }) })
  const [entry, other] = entries
  return entry === undefined || other !== undefined || entry.dn === '' ? undefined : entry
}

/** Undefined where the person has no name that counts here, or gets in by none of its groups. */
async function personOf(asking: Asking, settings: LdapSettings, entry: Entry): Promise<Person | undefined> {
  const name = textsOf(entry[settings.nameAttribute])[0]?.toLowerCase() ?? ''
  if (!isUserName(name)) return undefined
  const { groups: where, meant } = settings
  const said =
    where === null
      ? []
      : await asking.search(where.base, {
          filter: filled(where.filter, { dn: filterValue(entry.dn), name: filterValue(name) }),
          attributes: [where.nameAttribute],
        })
  const groups = groupsHere(
    meant,
    said.flatMap(one => textsOf(one[where?.nameAttribute ?? ''])),
  )
  if (!getsIn(meant, groups)) return undefined
  return { source: 'ldap', subject: subjectOf(entry, settings), name, groups, admin: isAdmin(meant, groups) }
}

/** What it has no name for that stays is known by where it stands. */
function subjectOf(entry: Entry, { idAttribute }: LdapSettings): string {
  const id = [entry[idAttribute]].flat()[0]
  if (id === undefined || id.length === 0) return `dn ${entry.dn.toLowerCase()}`
  const bytes = Buffer.from(id)
  const text = bytes.toString('latin1')
  return /^[\x21-\x7e]+$/.test(text) ? text : bytes.toString('hex')
}

const textsOf = (value: Entry[string] | undefined): string[] =>
  value === undefined ? [] : [value].flat().map(one => one.toString())

/** One connection, as somebody at a time. */
interface Asking {
  /** As whoever is to look people up; where nobody is, as before. */
  asWhoLooksUp(): Promise<void>
  /** Whether the directory lets that DN in with that password; then the connection is theirs. */
  isIn(dn: string, password: string): Promise<boolean>
  search(base: string, options: Parameters<Client['search']>[1]): Promise<readonly Entry[]>
}

/** Its certificate is looked at before anything is said, and it ends after the time that is set. Throws DIRECTORY_UNREACHABLE. */
async function connected<T>(
  settings: LdapSettings,
  secureContext: SecureContext,
  work: (asking: Asking) => Promise<T>,
): Promise<T> {
  const { Client, ResultCodeError } = await import('ldapts')
  const { host, port, tls, bind } = settings
  const sockets: Socket[] = []
  const kept = <S extends Socket>(socket: S): S => {
    sockets.push(socket)
    return socket
  }
  const client = new Client({
    url: `${tls === 'ldaps' ? 'ldaps' : 'ldap'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    timeout: settings.timeoutSeconds * 1000,
    // Once: what the library connected anew by itself, where the other side hangs up, would be without StartTLS.
    createConnection: (() => {
      if (sockets.length > 0) throw new Error('The connection was closed.')
      return kept(connectPlain({ host, port }))
    }) as typeof connectPlain,
    createSecureConnection: ((options: ConnectionOptions) =>
      kept(
        connectTls({ ...(tls === 'ldaps' ? { host, port } : options), ...tlsOf(host), secureContext }),
      )) as typeof connectTls,
  })
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(fault('It took too long.')), settings.timeoutSeconds * 1000)
  const asking: Asking = {
    async asWhoLooksUp() {
      if (bind !== null) await client.bind(bind.dn, bind.password)
    },
    async isIn(dn, password) {
      try {
        await client.bind(dn, password)
        return true
      } catch (error) {
        if (error instanceof ResultCodeError && refusals.includes(error.code)) return false
        throw error
      }
    },
    async search(base, options) {
      try {
        return (await client.search(base, { scope: 'sub', sizeLimit: 1000, ...options })).searchEntries
      } catch (error) {
        if (error instanceof ResultCodeError && error.code === noSuchObject) return []
        throw error
      }
    },
  }
  const done = (async () => {
    if (tls === 'starttls') await client.startTLS({})
    return work(asking)
  })()
  try {
    return await Promise.race([done, late.promise])
  } catch (error) {
    throw error instanceof CorpusError ? error : fault((error as Error).message, error)
  } finally {
    clearTimeout(timer)
    done.catch(() => {})
    for (const socket of sockets) socket.destroy()
  }
}

/** Whose name the certificate has to have; an address is none that could be asked for. */
const tlsOf = (host: string): ConnectionOptions =>
  isIP(host) > 0 ? { rejectUnauthorized: true, host } : { rejectUnauthorized: true, host, servername: host }

/** Result codes of RFC 4511 that mean: not with this password, or not any more. A referral leads elsewhere, and is not followed. */
const noSuchObject = 32
const refusals: readonly number[] = [10, 19, noSuchObject, 34, 48, 49, 50, 53]

/** What it said is for whoever runs this, not for whoever asks from elsewhere. */
const fault = (why: string, cause: unknown = new Error(why)): CorpusError =>
  new CorpusError('DIRECTORY_UNREACHABLE', 'The directory does not answer as it should.', { cause })
