import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readLogin } from '../../../src/identity/settings.ts'
import { home } from '../../support/world.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-login-'))
  mkdirSync(join(root, 'corpus'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(text: string, mode = 0o600): void {
  writeFileSync(join(root, 'corpus', 'login.yaml'), text)
  chmodSync(join(root, 'corpus', 'login.yaml'), mode)
}

const ldap = `ldap:
  url: ldaps://ldap.example.org
  bind: {dn: "cn=corpus,dc=example,dc=org", password: s3cret-words}
  users: {base: "ou=people,dc=example,dc=org"}
  groups: {base: "ou=groups,dc=example,dc=org"}
  group_names: {Domain Admins: ops}
  admins: [ops]
`
const oidc = `url: https://deploy.example.org/
oidc:
  issuer: https://login.example.org
  client_id: corpus
  client_secret: s3cret-words
`

test('nothing is set up where there is no file', async () => {
  expect(await readLogin(root)).toBeNull()
})

test('a directory and a provider are set up by few words, with what is usual for the rest', async () => {
  write(`${ldap}${oidc}`)
  expect(await readLogin(root)).toEqual({
    ldap: {
      host: 'ldap.example.org',
      port: 636,
      tls: 'ldaps',
      ca: null,
      bind: { dn: 'cn=corpus,dc=example,dc=org', password: 's3cret-words' },
      users: { base: 'ou=people,dc=example,dc=org', filter: '(uid={name})' },
      userDn: null,
      nameAttribute: 'uid',
      idAttribute: 'entryUUID',
      groups: {
        base: 'ou=groups,dc=example,dc=org',
        filter: '(|(member={dn})(uniqueMember={dn})(memberUid={name}))',
        nameAttribute: 'cn',
      },
      meant: { names: { 'Domain Admins': 'ops' }, admins: ['ops'], only: null },
      timeoutSeconds: 5,
    },
    oidc: {
      issuer: 'https://login.example.org',
      clientId: 'corpus',
      clientSecret: 's3cret-words',
      ca: null,
      callback: 'https://deploy.example.org/auth/callback',
      scopes: 'openid profile',
      nameClaim: 'preferred_username',
      groupsClaim: 'groups',
      meant: { names: {}, admins: [], only: null },
      timeoutSeconds: 10,
    },
  })
  write('ldap: {url: "ldap://[::1]:3389", user_dn: "uid={name},dc=x"}\n')
  expect((await readLogin(root))?.ldap).toMatchObject({ host: '::1', port: 3389, tls: 'starttls', users: null })
})

test('others may neither read nor write it', async () => {
  for (const mode of [0o640, 0o604, 0o660, 0o622]) {
    write(ldap, mode)
    await expect(readLogin(root)).rejects.toMatchObject({ code: 'LOGIN_INVALID' })
  }
  write(ldap)
  chmodSync(join(root, 'corpus'), 0o777)
  await expect(readLogin(root)).rejects.toMatchObject({ code: 'LOGIN_INVALID' })
})

test('what stands in its place and is no file is no file', async () => {
  const path = join(root, 'corpus', 'login.yaml')
  symlinkSync('/nonexistent', path)
  await expect(readLogin(root)).rejects.toMatchObject({ code: 'LOGIN_INVALID' })
  rmSync(path)
  mkdirSync(path)
  await expect(readLogin(root)).rejects.toMatchObject({ code: 'LOGIN_INVALID' })
})

test.each([
  [
    'plain ldap without TLS',
    ldap.replace('ldaps:', 'ldap:').replace('  bind', '  starttls: false\n  bind'),
    'starttls',
  ],
  ['another protocol', ldap.replace('ldaps:', 'http:'), 'ldap.url'],
  ['a URL with a password', ldap.replace('//ldap', '//ann:pw@ldap'), 'ldap.url'],
  ['an unknown word', `${ldap}  verify: false\n`, 'verify'],
  ['an unknown word at the top', `${ldap}tls: off\n`, 'tls'],
  ['no password for whoever looks people up', ldap.replace('s3cret-words', '""'), 'ldap.bind.password'],
  ['a number for a password', ldap.replace('s3cret-words', '123456'), 'ldap.bind.password'],
  ['a filter without the name', ldap.replace('users: {', 'users: {filter: (uid=ann), '), 'ldap.users.filter'],
  ['a filter with another place', ldap.replace('users: {', 'users: {filter: "(uid={user})", '), 'ldap.users.filter'],
  ['nobody to be found', ldap.replace(/ {2}users.*\n/, ''), 'ldap.users'],
  ['a DN without the name', 'ldap: {url: "ldaps://x", user_dn: "uid=ann,dc=x"}\n', 'ldap.user_dn'],
  ['certificates that are not there', `${ldap}  ca: /nonexistent\n`, 'ldap.ca'],
  ['a group that is none here', ldap.replace(': ops}', ': "Domain Admins"}'), 'group_names'],
  ['a list that is none', ldap.replace('[ops]', 'ops'), 'ldap.admins'],
  ['a provider without TLS', oidc.replace('https://login', 'http://login'), 'oidc.issuer'],
  ['an address of ours without TLS', oidc.replace('https://deploy', 'http://deploy'), 'oidc.url'],
  ['no address of ours', oidc.replace(/url: .*\n/, ''), 'oidc.url'],
  ['a login without OpenID', `${oidc}  scopes: profile\n`, 'oidc.scopes'],
  ['no YAML', 'ldap: [', 'no YAML'],
  ['no mapping', '- ldap\n', 'mapping'],
])('refuses %s, naming it, and shows no secret', async (_, text, named) => {
  write(text)
  await expect(readLogin(root)).rejects.toMatchObject({
    code: 'LOGIN_INVALID',
    message: expect.stringContaining(named),
  })
  await expect(readLogin(root)).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') })
})

test('what the documentation shows is read', async () => {
  const page = readFileSync(join(home, 'docs', 'teams.md'), 'utf8')
  const shown = [...page.matchAll(/^<!-- login -->\n```yaml\n([\s\S]*?)```$/gm)].map(([, text = '']) => text)
  expect(shown).toHaveLength(3)
  for (const text of shown) {
    write(text.replace('/etc/ssl/certs/our-own-ca.pem', join(root, 'ca.pem')))
    writeFileSync(join(root, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n')
    const { ldap, oidc } = (await readLogin(root)) ?? {}
    expect(ldap ?? oidc).not.toBeNull()
  }
})
