/** Who lets people in beside the store: `<root>/corpus/login.yaml`, which nobody but whoever runs corpus may read. */
import { readSync } from 'node:fs'
import { isIP } from 'node:net'
import { openAnywhere, textAnywhere } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { entryIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import { isUserName, shown } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { filled } from './escape.ts'
import type { GroupsMeant } from './person.ts'

export interface LoginSettings {
  readonly ldap: LdapSettings | null
  readonly oidc: OidcSettings | null
}

export interface LdapSettings {
  readonly host: string
  readonly port: number
  /** How the connection is made safe: from its first byte, or by StartTLS before anything is said. There is no third way. */
  readonly tls: 'ldaps' | 'starttls'
  /** Certificates, as PEM, in place of those that the machine trusts. */
  readonly ca: string | null
  /** Who looks people up; null: whoever logs in does, and nobody else. */
  readonly bind: { readonly dn: string; readonly password: string } | null
  /** Where people are looked up: `(uid={name})` below a base. */
  readonly users: Lookup | null
  /** The DN of a person by its name: `uid={name},ou=people,dc=example,dc=org`. Null: it is found by `users`. */
  readonly userDn: string | null
  readonly nameAttribute: string
  /** Names a person for ever. */
  readonly idAttribute: string
  readonly groups: (Lookup & { readonly nameAttribute: string }) | null
  readonly meant: GroupsMeant
  readonly timeoutSeconds: number
}

export interface Lookup {
  readonly base: string
  readonly filter: string
}

export interface OidcSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly ca: string | null
  /** Where the provider sends people back to. */
  readonly callback: string
  readonly scopes: string
  readonly nameClaim: string
  readonly groupsClaim: string
  readonly meant: GroupsMeant
  readonly timeoutSeconds: number
}

const mostBytes = 256 * 1024

/** Null where there is no such file. Throws LOGIN_INVALID. */
export async function readLogin(root: string): Promise<LoginSettings | null> {
  const path = rootLayout(root).login
  const text = secretText(path)
  if (text === undefined) return null
  const { readYaml } = await import('../salt/yaml/read.ts')
  let value: Value
  try {
    value = readYaml({ path, text })
  } catch (cause) {
    const { line } = cause as { readonly line?: number }
    throw new CorpusError('LOGIN_INVALID', `${path} is no YAML${line === undefined ? '' : `: see line ${line}`}.`)
  }
  const top = section(value, path)
  const settings = { ldap: ldapOf(top.section('ldap')), oidc: oidcOf(top.section('oidc'), top.text('url', null)) }
  top.done()
  return settings
}

/** Undefined where there is none. */
function secretText(path: string): string | undefined {
  if (entryIfThere(path) === undefined) return undefined
  const open = openAnywhere(path)
  if (open === undefined) throw new CorpusError('LOGIN_INVALID', `${path} is no file, or leads to none.`)
  try {
    const { entry, isOurs, fd } = open
    if (!isOurs || !entry.isFile() || (entry.mode & 0o077) !== 0)
      throw new CorpusError('LOGIN_INVALID', `Others may read ${path}, or write it.`, {
        detail:
          'It has passwords in it: let it belong to whoever runs corpus, with mode 0600, where nobody else writes.',
      })
    if (entry.size > mostBytes) throw new CorpusError('LOGIN_INVALID', `${path} is too large.`)
    const bytes = Buffer.alloc(entry.size)
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, entry.size, 0))
  } finally {
    open.close()
  }
}

function ldapOf(given: Section | null): LdapSettings | null {
  if (given === null) return null
  const { host, port, protocol } = urlOf(given, 'url', ['ldaps:', 'ldap:'])
  const startTls = given.flag('starttls', protocol === 'ldap:')
  if (protocol === 'ldap:' && !startTls)
    throw given.fault('starttls', 'has to be true where the url is ldap://: passwords go over TLS alone')
  const bind = given.section('bind')
  const users = given.section('users')
  const groups = given.section('groups')
  const settings: LdapSettings = {
    host,
    port: port ?? (protocol === 'ldaps:' ? 636 : 389),
    tls: protocol === 'ldaps:' ? 'ldaps' : 'starttls',
    ca: certificates(given),
    bind: bind && { dn: bind.text('dn'), password: bind.text('password') },
    users: users && lookup(users, '(uid={name})', ['name']),
    userDn: given.text('user_dn', null),
    nameAttribute: users?.text('name', 'uid') ?? 'uid',
    idAttribute: users?.text('id', 'entryUUID') ?? 'entryUUID',
    groups: groups && {
      ...lookup(groups, '(|(member={dn})(uniqueMember={dn})(memberUid={name}))', ['dn', 'name']),
      nameAttribute: groups.text('name', 'cn'),
    },
    meant: meantBy(given),
    timeoutSeconds: given.seconds('timeout', 5),
  }
  for (const one of [bind, users, groups, given]) one?.done()
  if (settings.userDn === null && settings.users === null)
    throw given.fault('users', 'is missing: say where people are looked up, or their `user_dn`')
  if (settings.userDn !== null && !settings.userDn.includes('{name}'))
    throw given.fault('user_dn', 'has no {name} in it')
  return settings
}

function lookup(given: Section, usual: string, places: readonly string[]): Lookup {
  const base = given.text('base')
  const filter = given.text('filter', usual)
  const bare = filled(filter, Object.fromEntries(places.map(name => [name, ''])))
  if (bare === filter || /[{}]/.test(bare) || !/^\(.*\)$/s.test(filter))
    throw given.fault(
      'filter',
      `is to be a filter in brackets, with ${places.map(one => `{${one}}`).join(' or ')} in it`,
    )
  return { base, filter }
}

function oidcOf(given: Section | null, own: string | null): OidcSettings | null {
  if (given === null) return null
  const issuer = given.text('issuer')
  for (const [name, url] of [
    ['issuer', issuer],
    ['url', own],
  ] as const)
    if (url === null || !isSafeUrl(url))
      throw given.fault(name, 'has to be https://… (http:// on this machine alone), without a password, query or #')
  const settings: OidcSettings = {
    issuer,
    clientId: given.text('client_id'),
    clientSecret: given.text('client_secret'),
    ca: certificates(given),
    callback: `${(own ?? '').replace(/\/+$/, '')}/auth/callback`,
    scopes: given.text('scopes', 'openid profile'),
    nameClaim: given.text('name', 'preferred_username'),
    groupsClaim: given.text('groups_claim', 'groups'),
    meant: meantBy(given),
    timeoutSeconds: given.seconds('timeout', 10),
  }
  given.done()
  if (!settings.scopes.split(' ').includes('openid')) throw given.fault('scopes', 'lacks openid')
  return settings
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  const isHere = hostname === 'localhost' || /^127\./.test(hostname) || hostname === '[::1]'
  const isPlain = [username, password, search, hash].every(one => one === '')
  return isPlain && (protocol === 'https:' || (protocol === 'http:' && isHere))
}

function urlOf(given: Section, name: string, protocols: readonly string[]) {
  const text = given.text(name)
  const [, protocol = '', six, host, port] =
    /^(ldaps?:)\/\/(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?\/?$/.exec(text) ?? []
  const at = six ?? host
  if (!protocols.includes(protocol) || at === undefined || (six !== undefined && isIP(six) !== 6))
    throw given.fault(name, 'is to be ldaps://HOST or ldap://HOST, with a port or without')
  return { protocol, host: at, port: port === undefined ? undefined : Number(port) }
}

/** Read once, at the start. */
function certificates(given: Section): string | null {
  const path = given.text('ca', null)
  if (path === null) return null
  const text = path.startsWith('/') ? textAnywhere(path, mostBytes) : undefined
  if (text === undefined || !text.includes('-----BEGIN CERTIFICATE-----'))
    throw given.fault('ca', 'is to be the absolute path of a file with certificates as PEM')
  return text
}

function meantBy(given: Section): GroupsMeant {
  const names = given.section('group_names')
  const meant = { names: names?.texts() ?? {}, admins: given.list('admins') ?? [], only: given.list('only') }
  for (const name of [...Object.values(meant.names), ...meant.admins, ...(meant.only ?? [])])
    if (!isUserName(name)) throw given.fault('group_names, admins, only', `: ${shown(name)} is not a name of a group`)
  return meant
}

interface Section {
  text(name: string): string
  text(name: string, usual: string): string
  text(name: string, usual: null): string | null
  flag(name: string, usual: boolean): boolean
  seconds(name: string, usual: number): number
  list(name: string): readonly string[] | null
  section(name: string): Section | null
  /** All of it, as texts. */
  texts(): Readonly<Record<string, string>>
  fault(name: string, why: string): CorpusError
  /** What nobody asked for is nothing that is known. */
  done(): void
}

/** A mapping that is read key by key. No value of it is ever shown: it may be a password. */
function section(value: Value, path: string, at = ''): Section {
  const fault = (name: string, why: string): CorpusError =>
    new CorpusError('LOGIN_INVALID', `In ${path}, ${name === '' ? 'the whole' : `${at}${name}`} ${why}.`)
  if (!(value instanceof Dict)) throw fault('', `of ${at === '' ? 'it' : at} is no mapping`)
  const asked = new Set<string>()
  const get = (name: string): Value | undefined => {
    asked.add(name)
    return value.get(name)
  }
  function text(name: string, usual?: string | null): string | null {
    const found = get(name)
    if (found === undefined || found === null) {
      if (usual === undefined) throw fault(name, 'is missing')
      return usual
    }
    if (typeof found !== 'string' || found === '' || /[\0\r\n]/.test(found))
      throw fault(name, 'is to be a text (a number in quotes)')
    return found
  }
  return {
    text: text as Section['text'],
    flag(name, usual) {
      const found = get(name) ?? usual
      if (typeof found !== 'boolean') throw fault(name, 'is to be true or false')
      return found
    },
    seconds(name, usual) {
      const found = get(name) ?? usual
      if (typeof found !== 'number' || !Number.isInteger(found) || found < 1 || found > 60)
        throw fault(name, 'is to be 1 to 60, in seconds')
      return found
    },
    list(name) {
      const found = get(name)
      if (found === undefined || found === null) return null
      if (!Array.isArray(found) || found.some(one => typeof one !== 'string'))
        throw fault(name, 'is to be a list of texts')
      return found as string[]
    },
    section(name) {
      const found = get(name)
      return found === undefined || found === null ? null : section(found, path, `${at}${name}.`)
    },
    texts: () => Object.fromEntries([...value.keys()].map(key => [String(key), text(String(key)) ?? ''])),
    fault,
    done() {
      for (const key of value.keys())
        if (!asked.has(String(key))) throw fault(shown(String(key)), 'is nothing that is known here')
    },
  }
}
