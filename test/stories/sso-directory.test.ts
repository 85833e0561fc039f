/** A team that is in a directory: logins by LDAP over HTTP, sessions of browsers, and what happens when the directory is gone. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Attribute, Change } from 'ldapts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAccount } from '../../src/shell/account.ts'
import { type Browser, browser, type Page, type Sent } from '../support/browser.ts'
import { base, groupLdif, hasSlapd, personLdif, type Slapd, searcher, startSlapd } from '../support/ldap.ts'
import { type Serving, serve } from '../support/serve.ts'
import { corpusCommand, makeWorld, uniqueName, type World } from '../support/world.ts'

const isRoot = process.getuid?.() === 0
const shop = uniqueName('shop')
const local = 'a password of the store'
const theirs = 'a password of the directory'
let world: World
let serving: Serving
let slapd: Slapd
let own: string
let said = ''

describe.runIf(hasSlapd)('a team in a directory', () => {
  beforeAll(async () => {
    world = makeWorld()
    slapd = await startSlapd(
      [
        personLdif('ann', theirs),
        personLdif('bob', theirs),
        personLdif('cy', theirs),
        personLdif('dee', theirs),
        personLdif('eve', theirs),
        personLdif('admin', theirs),
        personLdif('robot', theirs),
        groupLdif('ops', 'ann', 'cy', 'dee'),
        groupLdif('bosses', 'bob'),
      ].join(''),
    )
    await world.must('init', shop)
    const add = (name: string, ...words: string[]) =>
      world.run([corpusCommand, 'user', 'add', name, ...words, '--password-stdin'], { input: local })
    expect((await add('admin', '--admin')).status).toBe(0)
    await world.must('user', 'add', 'robot')
    await world.must('grant', 'ops', 'deployer', shop, '--group')
    writeFileSync(
      join(world.root, 'corpus', 'login.yaml'),
      `ldap:
  url: ldap://localhost:${slapd.port}
  ca: ${slapd.ca}
  bind: {dn: "${searcher.dn}", password: ${searcher.password}}
  users: {base: "ou=people,${base}"}
  groups: {base: "ou=groups,${base}"}
  admins: [bosses]
  timeout: 2
`,
      { mode: 0o600 },
    )
    serving = await serve(world)
    serving.process.stderr?.on('data', piece => {
      said += piece.toString()
    })
    own = `http://127.0.0.1:${serving.port}`
  })
  afterAll(async () => {
    await serving?.end()
    await slapd?.dispose()
    await world?.dispose()
  })

  // Passwords that do not count are held up after ten in a minute: each test comes from an address of its own.
  let tests = 0
  let chrome: Browser
  beforeEach(() => {
    tests++
    chrome = browser()
  })
  const from = () => ({ 'x-forwarded-for': `192.0.2.${tests}` })
  const go = (line: string, { headers = {}, ...sent }: Sent = {}, who = chrome): Promise<Page> => {
    const [method = '', path = ''] = line.split(' ')
    return who.go(`${own}${path}`, { method, ...sent, headers: { ...from(), ...headers } })
  }
  const logsIn = (user: unknown, password: unknown, who = chrome) =>
    go('POST /auth/login', { body: { user, password } }, who)
  const basic = (name: string, password: string) => ({
    headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` },
  })
  const codeOf = ({ status, json }: Page) => [status, json?.error?.code]
  const sees = async (who = chrome) => (await go('GET /api/v1/projects', {}, who)).json
  const store = <T>(work: (opened: Sqlite.Database) => T): T => {
    const opened = new Sqlite(join(world.root, 'corpus', 'corpus.db'))
    try {
      return work(opened)
    } finally {
      opened.close()
    }
  }
  /** As if the directory had been asked long ago. */
  const longAgo = (name: string) =>
    store(opened => opened.prepare('update users set confirmed_at = 1 where name = ?').run(name))
  const audit = () =>
    world.json<{ who: string; request: string; outcome: string; from: string }[]>('audit', '--limit', '1000')

  describe('logs in', () => {
    test('with the password of the directory, and may what its groups were granted', async () => {
      const page = await logsIn('ann', theirs)
      expect([page.status, page.json]).toEqual([
        200,
        { user: 'ann', admin: false, groups: ['ops'], source: 'ldap', csrf: expect.stringMatching(/^[\w-]{43}$/) },
      ])
      expect(page.cookies[0]).toMatch(/^corpus-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
      expect((await sees()).map((one: { name: string }) => one.name)).toEqual([shop])
      expect((await go('GET /api/v1/users')).status).toBe(403)
      expect((await go('GET /auth/me')).json).toEqual(page.json)
      expect(await audit()).toContainEqual(
        expect.objectContaining({
          who: 'ann',
          request: 'auth login',
          outcome: 'succeeded',
          from: `http 192.0.2.${tests}`,
        }),
      )
    })

    test('by Basic, too, as programs do', async () => {
      expect((await go('GET /api/v1/projects', basic('cy', theirs))).json).toHaveLength(1)
      expect((await go('GET /api/v1/users', basic('bob', theirs))).status).toBe(200)
      expect(codeOf(await go('GET /api/v1/projects', basic('cy', 'wrong')))).toEqual([401, 'CREDENTIAL_REFUSED'])
    })

    test('by git over HTTP, and a cookie is nothing to git', async () => {
      const at = `${own.slice('http://'.length)}/git/${shop}/project.git`
      const list = (...words: string[]) => world.run(['git', ...words], { env: { GIT_TERMINAL_PROMPT: '0' } })
      const password = encodeURIComponent(theirs)
      expect(await list('ls-remote', `http://ann:${password}@${at}`)).toMatchObject({ status: 0 })
      expect((await list('ls-remote', `http://ann:wrong@${at}`)).status).not.toBe(0)
      await logsIn('ann', theirs)
      const cookie = `Cookie: corpus-session=${chrome.jar(own).get('corpus-session')}`
      expect((await list('-c', `http.extraHeader=${cookie}`, 'ls-remote', `http://${at}`)).status).not.toBe(0)
    })

    test('as itself, where its name is a user of ours: only our password counts, or none', async () => {
      expect(codeOf(await logsIn('admin', theirs))).toEqual([401, 'CREDENTIAL_REFUSED'])
      expect(codeOf(await logsIn('robot', theirs))).toEqual([401, 'CREDENTIAL_REFUSED'])
      expect((await logsIn('ADMIN', theirs)).json.error.code).toBe('USER_TAKEN')
      expect((await logsIn('admin', local)).json).toMatchObject({ user: 'admin', admin: true, source: 'local' })
    })

    test.each([
      ['a filter for a name', '*)(uid=*', theirs, 401],
      ['any name', '*', theirs, 401],
      ['a name with a NUL', 'ann\0', theirs, 401],
      ['a very long name', 'a'.repeat(100_000), theirs, 401],
      ['a very long password', 'ann', 'x'.repeat(100_000), 401],
      ['an empty password', 'ann', '', 401],
      ['a password with a NUL', 'ann', `${theirs}\0`, 401],
      ['a DN for a name', `uid=ann,ou=people,${base}`, theirs, 401],
      ['a name that is a list', ['ann'], theirs, 400],
      ['no password', 'ann', undefined, 400],
      ['half a letter', 'ann\ud800', theirs, 401],
    ])('not with %s', async (_, user, password, status) => {
      expect((await logsIn(user, password)).status).toBe(status)
      expect(chrome.jar(own).size).toBe(0)
    })

    test('not with a password in the address', async () => {
      const query = new URLSearchParams({ user: 'ann', password: theirs })
      expect(codeOf(await go(`POST /auth/login?${query}`))).toEqual([400, 'USAGE'])
    })

    test('not with a token in place of a password: a session would be more than what it was narrowed to', async () => {
      const { token } = await world.json<{ token: string }>('token', 'create', 'admin', '--right', 'see')
      expect(codeOf(await logsIn('admin', token))).toEqual([401, 'CREDENTIAL_REFUSED'])
    })

    test('not after ten that did not count: by address, and by the name however it is written', async () => {
      const tried: number[] = []
      for (let turn = 0; turn < 11; turn++) tried.push((await logsIn('eve', `wrong ${turn}`)).status)
      expect([tried[0], tried.at(-1)]).toEqual([401, 429])
      expect(codeOf(await logsIn('eve', theirs))).toEqual([429, 'TOO_MANY_FAILURES'])
      // Another address, and the name in other letters.
      tests++
      expect((await logsIn('EVE', theirs)).status).toBe(429)
      expect((await logsIn('dee', theirs)).status).toBe(200)
      expect((await audit()).filter(one => one.who === '? eve')).toHaveLength(10)
    })
  })

  describe('a session', () => {
    let csrf: string
    beforeEach(async () => {
      csrf = (await logsIn('ann', theirs)).json.csrf
    })
    const freeze = (headers: Readonly<Record<string, string>> = {}) =>
      go(`POST /api/v1/projects/${shop}/deploy`, { body: {}, headers })

    test('changes something only with the token of its page', async () => {
      expect(codeOf(await freeze())).toEqual([403, 'CSRF_REFUSED'])
      for (const wrong of ['', 'x', 'x'.repeat(43), `${csrf}x`, chrome.jar(own).get('corpus-session') ?? ''])
        expect(codeOf(await freeze({ 'x-csrf-token': wrong }))).toEqual([403, 'CSRF_REFUSED'])
      const other = browser()
      const another = (await logsIn('ann', theirs, other)).json.csrf
      expect(codeOf(await freeze({ 'x-csrf-token': another }))).toEqual([403, 'CSRF_REFUSED'])
      expect((await freeze({ 'x-csrf-token': csrf })).status).toBe(202)
      expect(await audit()).toContainEqual(
        expect.objectContaining({ who: 'ann', request: 'deploy', outcome: 'refused CSRF_REFUSED' }),
      )
    })

    test('is of no use to pages of other sites, with the token or without', async () => {
      for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1', `https://127.0.0.1:1`])
        expect(codeOf(await freeze({ origin, 'x-csrf-token': csrf }))).toEqual([403, 'HOST_REFUSED'])
      expect((await freeze({ origin: own, 'x-csrf-token': csrf })).status).toBe(202)
      const form = { origin: 'http://evil.example' }
      expect((await go('POST /auth/login', { body: { user: 'ann', password: theirs }, headers: form })).status).toBe(
        403,
      )
      expect((await go('POST /auth/logout', {})).status).toBe(403)
      expect((await go('GET /auth/me')).json.user).toBe('ann')
    })

    test('is never one that somebody else put there: at a login it is another, and the one before has ended', async () => {
      const planted = chrome.jar(own).get('corpus-session') ?? ''
      const made = 'A'.repeat(43)
      for (const one of [planted, made]) {
        chrome.jar(own).set('corpus-session', one)
        await logsIn('dee', theirs)
        expect(chrome.jar(own).get('corpus-session')).not.toBe(one)
        expect((await go('GET /auth/me')).json.user).toBe('dee')
        const attacker = browser()
        attacker.jar(own).set('corpus-session', one)
        expect(codeOf(await go('GET /auth/me', {}, attacker))).toEqual([401, 'SESSION_ENDED'])
      }
    })

    test('over TLS has a name that no other host can set, and none without it is looked at', async () => {
      const tls = { 'x-forwarded-proto': 'https' }
      const text = chrome.jar(own).get('corpus-session') ?? ''
      expect(codeOf(await go('GET /auth/me', { headers: tls }))).toEqual([401, 'CREDENTIAL_REFUSED'])
      const page = await go('POST /auth/login', { body: { user: 'ann', password: theirs }, headers: tls })
      expect(page.cookies[0]).toMatch(/^__Host-corpus-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
      // Of two by one name, one is another's.
      const twice = { headers: { cookie: `corpus-session=${text}; corpus-session=${text}` } }
      expect((await browser().go(`${own}/auth/me`, twice)).status).toBe(401)
    })

    test('has a browser ask for no password of its own', async () => {
      await go('POST /auth/logout', { headers: { 'x-csrf-token': csrf } })
      const page = await go('GET /auth/me')
      expect([page.status, page.headers['www-authenticate']]).toEqual([401, undefined])
      expect((await go('GET /api/v1/projects', {}, browser())).headers['www-authenticate']).toContain('Bearer')
    })

    test('ends by the logout, and comes with no credential that is in the header', async () => {
      const text = chrome.jar(own).get('corpus-session') ?? ''
      expect((await go('GET /auth/me', basic('dee', theirs))).json).toMatchObject({ user: 'dee', csrf: null })
      const out = await go('POST /auth/logout', { headers: { 'x-csrf-token': csrf } })
      expect([out.status, chrome.jar(own).size]).toEqual([200, 0])
      chrome.jar(own).set('corpus-session', text)
      expect(codeOf(await freeze({ 'x-csrf-token': csrf }))).toEqual([401, 'SESSION_ENDED'])
    })

    test('ends with the password that it was begun by, and with its user', async () => {
      await logsIn('admin', local)
      const other = 'another password of the store'
      const passwd = (input: string) =>
        world.run([corpusCommand, 'user', 'passwd', 'admin', '--password-stdin'], { input })
      expect((await passwd(other)).status).toBe(0)
      expect(codeOf(await go('GET /auth/me'))).toEqual([401, 'SESSION_ENDED'])
      expect((await passwd(local)).status).toBe(0)
      await logsIn('dee', theirs)
      await world.must('user', 'remove', 'dee')
      expect(codeOf(await go('GET /auth/me'))).toEqual([401, 'SESSION_ENDED'])
      expect((await logsIn('dee', theirs)).status).toBe(200)
    })
  })

  describe('the directory', () => {
    const found = async () => {
      const { stdout } = await world.corpus('doctor', '--json')
      const findings = JSON.parse(stdout) as { name: string }[]
      return findings.find(one => one.name === 'directory')
    }
    const member = (operation: 'add' | 'delete', uid: string) =>
      slapd.change(client =>
        client.modify(
          `cn=ops,ou=groups,${base}`,
          new Change({
            operation,
            modification: new Attribute({ type: 'member', values: [`uid=${uid},ou=people,${base}`] }),
          }),
        ),
      )

    test('that takes somebody out of a group takes the rights, within minutes', async () => {
      await logsIn('ann', theirs)
      expect(await sees()).toHaveLength(1)
      await member('delete', 'ann')
      await longAgo('ann')
      expect(await sees()).toEqual([])
      await member('add', 'ann')
      await longAgo('ann')
      expect(await sees()).toHaveLength(1)
    })

    test('that forgets somebody ends sessions and tokens, and another of that name is somebody else', async () => {
      await logsIn('cy', theirs)
      const { token } = await world.json<{ token: string }>('token', 'create', 'cy')
      const withToken = () => go('GET /api/v1/projects', { headers: { authorization: `Bearer ${token}` } }, browser())
      expect([(await withToken()).status, (await go('GET /auth/me')).status]).toEqual([200, 200])
      await slapd.change(client => client.del(`uid=cy,ou=people,${base}`))
      await longAgo('cy')
      expect(codeOf(await go('GET /auth/me'))).toEqual([401, 'SESSION_ENDED'])
      expect((await withToken()).status).toBe(401)
      expect((await logsIn('cy', theirs)).status).toBe(401)
      await slapd.change(client =>
        client.add(`uid=cy,ou=people,${base}`, {
          objectClass: 'inetOrgPerson',
          uid: 'cy',
          cn: 'cy',
          sn: 'cy',
          userPassword: theirs,
        }),
      )
      expect(codeOf(await logsIn('cy', theirs))).toEqual([409, 'USER_TAKEN'])
      expect((await withToken()).status).toBe(401)
      await world.must('user', 'remove', 'cy')
      expect((await logsIn('cy', theirs)).status).toBe(200)
    })

    test.each([
      ['is down', () => slapd.stop(), () => slapd.start()],
      ['does not answer', async () => slapd.freeze(), async () => slapd.thaw()],
    ])(
      'that %s is a fault of its own; users of ours get in, and so do its own when it is back',
      async (_, end, begin) => {
        await logsIn('ann', theirs)
        await longAgo('ann')
        await end()
        try {
          const page = await logsIn('bob', theirs, browser())
          expect(codeOf(page)).toEqual([503, 'DIRECTORY_UNREACHABLE'])
          expect(page.text).not.toMatch(/ECONNREFUSED|localhost/)
          expect(codeOf(await go('GET /auth/me'))).toEqual([503, 'DIRECTORY_UNREACHABLE'])
          expect(codeOf(await go('GET /api/v1/projects', basic('bob', theirs)))).toEqual([503, 'DIRECTORY_UNREACHABLE'])
          expect((await logsIn('admin', local, browser())).json).toMatchObject({ user: 'admin', admin: true })
          expect((await logsIn('admin', 'wrong', browser())).status).toBe(401)
          expect(await found()).toMatchObject({ ok: false, found: expect.stringContaining('DIRECTORY_UNREACHABLE') })
        } finally {
          await begin()
        }
        expect(await found()).toMatchObject({ ok: true })
        expect((await go('GET /auth/me')).json.user).toBe('ann')
        expect((await logsIn('bob', theirs, browser())).status).toBe(200)
        expect(said).toContain('corpus serve: DIRECTORY_UNREACHABLE: ')
        expect(await audit()).toContainEqual(
          expect.objectContaining({ who: '? bob', outcome: 'refused DIRECTORY_UNREACHABLE' }),
        )
      },
    )
  })

  test('no password, no cookie and no secret is kept or said anywhere', async () => {
    const { csrf } = (await logsIn('ann', theirs)).json
    const text = chrome.jar(own).get('corpus-session') ?? ''
    const everything = [
      readFileSync(join(world.root, 'corpus', 'corpus.db')).toString('latin1'),
      JSON.stringify(await audit()),
      said,
    ].join('\n')
    for (const secret of [theirs, local, searcher.password, text, csrf]) expect(everything).not.toContain(secret)
    expect((await world.must('audit', 'verify')).stdout).toMatch(/lines hold/)
  })

  test.runIf(isRoot)('what listens cannot read how people are let in', async () => {
    const account = findAccount('corpus')
    const file = join(world.root, 'corpus', 'login.yaml')
    const read = await world.run([
      'setpriv',
      `--reuid=${account?.uid}`,
      `--regid=${account?.gid}`,
      '--clear-groups',
      'cat',
      file,
    ])
    expect([read.status, read.stdout]).toEqual([1, ''])
  })

  test('what is not set up right keeps corpus serve from starting', async () => {
    const file = join(world.root, 'corpus', 'login.yaml')
    const text = readFileSync(file, 'utf8')
    try {
      writeFileSync(file, text.replace('url: ldap:', 'starttls: false\n  url: ldap:'))
      const refused = await world.corpus('serve', '--listen', '127.0.0.1:0')
      expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('LOGIN_INVALID')])
      expect(refused.stderr).toContain('ldap.starttls')
      rmSync(file)
      writeFileSync(file, text, { mode: 0o644 })
      expect((await world.corpus('serve', '--listen', '127.0.0.1:0')).stderr).toContain('LOGIN_INVALID')
    } finally {
      rmSync(file)
      writeFileSync(file, text, { mode: 0o600 })
    }
  })
})
