/** Single sign-on by OpenID Connect: a browser, corpus serve, and a real provider. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Browser, browser } from '../support/browser.ts'
import { type OidcProvider, startOidc } from '../support/oidc.ts'
import { freePort } from '../support/ports.ts'
import { type Serving, serve } from '../support/serve.ts'
import { corpusCommand, makeWorld, uniqueName, type World } from '../support/world.ts'

const shop = uniqueName('shop')
let world: World
let serving: Serving
let provider: OidcProvider
let own: string
let chrome: Browser

beforeAll(async () => {
  world = makeWorld()
  const port = await freePort()
  own = `http://127.0.0.1:${port}`
  provider = await startOidc(`${own}/auth/callback`)
  await world.must('init', shop)
  await world.must('grant', 'team', 'deployer', shop, '--group')
  await world.must('user', 'add', 'local')
  writeFileSync(
    join(world.root, 'corpus', 'login.yaml'),
    `url: ${own}
oidc:
  issuer: ${provider.issuer}
  client_id: corpus
  client_secret: ${provider.clientSecret}
  ca: ${provider.ca}
  scopes: openid profile groups
  group_names: {The Team: team}
  admins: [bosses]
`,
    { mode: 0o600 },
  )
  serving = await serve(world, '--listen', `127.0.0.1:${port}`)
})
afterAll(async () => {
  await serving?.end()
  await provider?.dispose()
  await world?.dispose()
})
beforeEach(() => {
  chrome = browser(provider.ca)
})

/** Up to the address that the provider sends the browser back to. */
const comesBack = async (who = chrome): Promise<string> =>
  (await who.follow(`${own}/auth/login`, location => !location.startsWith(`${own}/auth/callback`))).location
const logsIn = async (who = chrome) => who.go(await comesBack(who))
const me = (who = chrome) => who.go(`${own}/auth/me`)
const ann = { preferred_username: 'Ann', groups: ['The Team', 'no group!', 'others'] }

describe('whoever the provider knows', () => {
  test('is in after one way there and back, sees what its groups were granted, and is out by a logout', async () => {
    provider.next('s-ann', ann)
    const sent = await chrome.go(`${own}/auth/login`)
    const query = new URL(sent.location).searchParams
    expect(sent.status).toBe(302)
    expect(sent.location.startsWith(`${provider.issuer}/auth?`)).toBe(true)
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: `${own}/auth/callback`,
    })
    for (const name of ['state', 'nonce', 'code_challenge']) expect(query.get(name)).toMatch(/^[\w-]{43}$/)
    const back = await logsIn()
    expect([back.status, back.location]).toEqual([302, `${own}/`])
    expect(back.cookies[0]).toMatch(/^corpus-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
    expect((await me()).json).toMatchObject({ user: 'ann', admin: false, source: 'oidc', groups: ['others', 'team'] })
    const projects = await chrome.go(`${own}/api/v1/projects`)
    expect(projects.json.map((one: { name: string }) => one.name)).toEqual([shop])
    const { csrf } = (await me()).json
    const cookie = chrome.jar(own).get('corpus-session') ?? ''
    const out = await chrome.go(`${own}/auth/logout`, { method: 'POST', headers: { 'x-csrf-token': csrf } })
    expect(out.status).toBe(200)
    expect(chrome.jar(own).has('corpus-session')).toBe(false)
    chrome.jar(own).set('corpus-session', cookie)
    expect([(await me()).status, (await me()).json.error.code]).toEqual([401, 'SESSION_ENDED'])
  })

  test('has the rights that the provider says at the last login, under the name of the first', async () => {
    provider.next('s-bob', { preferred_username: 'bob', groups: ['bosses'] })
    await logsIn()
    expect((await me()).json).toMatchObject({ user: 'bob', admin: true })
    provider.next('s-bob', { preferred_username: 'robert', groups: [] })
    await logsIn()
    expect((await me()).json).toMatchObject({ user: 'bob', admin: false, groups: [] })
    expect((await chrome.go(`${own}/api/v1/users`)).status).toBe(403)
    expect(await world.json('user', 'list')).toContainEqual(expect.objectContaining({ name: 'bob', source: 'oidc' }))
  })

  test('is no user of ours, and no other person of that name', async () => {
    for (const subject of ['s-local', 's-other-ann']) {
      provider.next(subject, { ...ann, preferred_username: subject === 's-local' ? 'local' : 'ann' })
      const page = await logsIn(browser(provider.ca))
      expect([page.status, page.json.error.code]).toEqual([409, 'USER_TAKEN'])
    }
  })

  test('is out at once when it is removed here, with its tokens', async () => {
    provider.next('s-cy', { preferred_username: 'cy' })
    await logsIn()
    const { token } = await world.json<{ token: string }>('token', 'create', 'cy')
    expect((await serving.ask('GET /projects', { token })).status).toBe(200)
    await world.must('user', 'remove', 'cy')
    expect((await me()).json.error.code).toBe('SESSION_ENDED')
    expect((await serving.ask('GET /projects', { token })).status).toBe(401)
  })

  test('has no password here', async () => {
    const words = ['user', 'passwd', 'bob', '--password-stdin']
    const refused = await world.run([corpusCommand, ...words], { input: 'correct horse' })
    expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining('USER_ELSEWHERE')])
  })

  test('without a name that counts here is nobody', async () => {
    for (const name of ['--admin', 'a b', '../x', '', 'x'.repeat(65), undefined, 7]) {
      provider.next('s-odd', { preferred_username: name })
      const page = await logsIn(browser(provider.ca))
      expect([name, page.status, page.json.error.code]).toEqual([name, 403, 'LOGIN_REFUSED'])
    }
  })
})

describe('what is no login of this browser', () => {
  // Logins that do not count are held up after ten in a minute: these come from addresses of their own.
  let tests = 0
  let headers: Record<string, string>
  beforeEach(() => {
    headers = { 'x-forwarded-for': `192.0.2.${++tests}` }
    provider.next('s-ann', ann)
  })
  const refused = async (url: string, who = chrome) => {
    const before = provider.asked.filter(one => one === 'POST /token').length
    const page = await who.go(url, { headers })
    expect([page.status, page.json.error.code]).toEqual([403, 'LOGIN_REFUSED'])
    expect(who.jar(own).has('corpus-session')).toBe(false)
    return provider.asked.filter(one => one === 'POST /token').length - before
  }
  const changed = (url: string, change: (query: URLSearchParams) => void): string => {
    const at = new URL(url)
    change(at.searchParams)
    return at.href
  }

  test('a state that somebody made up', async () => {
    const back = await comesBack()
    expect(await refused(changed(back, query => query.set('state', 'x'.repeat(43))))).toBe(0)
    expect(await refused(changed(back, query => query.delete('state')))).toBe(0)
    expect(await refused(changed(back, query => query.set('state', 'ä'.repeat(43))))).toBe(0)
  })

  test('what another browser began', async () => {
    const back = await comesBack()
    expect(await refused(back, browser(provider.ca))).toBe(0)
    const firefox = browser(provider.ca)
    await comesBack(firefox)
    expect(await refused(back, firefox)).toBe(0)
  })

  test('one that was begun too long ago, or whose cookie somebody changed', async () => {
    const back = await comesBack()
    const kept = chrome.jar(own).get('corpus-login') ?? ''
    const [seconds = '', secret = ''] = kept.split('.')
    for (const other of [`${Number(seconds) - 601}.${secret}`, `${Number(seconds) + 9999}.${secret}`, secret, '']) {
      chrome.jar(own).set('corpus-login', other)
      expect(await refused(back)).toBe(0)
    }
  })

  test('a code that was used already', async () => {
    const back = await comesBack()
    const kept = chrome.jar(own).get('corpus-login') ?? ''
    expect((await chrome.go(back)).status).toBe(302)
    const again = browser(provider.ca)
    expect(await refused(back, again)).toBe(0)
    again.jar(own).set('corpus-login', kept)
    expect(await refused(back, again)).toBe(1)
  })

  test('a code of another login', async () => {
    const firefox = browser(provider.ca)
    const code = new URL(await comesBack(firefox)).searchParams.get('code') ?? ''
    expect(await refused(changed(await comesBack(), query => query.set('code', code)))).toBe(1)
  })

  test('what another issuer says', async () => {
    const back = await comesBack()
    expect(await refused(changed(back, query => query.set('iss', 'https://evil.example')))).toBe(0)
  })

  test('one that the provider refused, or a word that is said twice', async () => {
    const back = await comesBack()
    const denied = changed(back, query => {
      query.delete('code')
      query.set('error', 'access_denied')
      query.set('error_description', '<script>alert(1)</script>')
    })
    expect(await refused(denied)).toBe(0)
    expect((await chrome.go(`${back}&code=other`, { headers })).status).toBe(400)
  })

  test('too many of them: those from there are held up, others are not', async () => {
    const statuses: number[] = []
    for (let turn = 0; turn < 12; turn++)
      statuses.push((await chrome.go(`${own}/auth/callback?code=x&state=x`, { headers })).status)
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 403))
    expect(statuses.slice(-1)).toEqual([429])
    expect((await logsIn()).status).toBe(302)
  })

  test('and each of both kinds has its line in the audit, with no code and no secret', async () => {
    const lines = await world.json<{ request: string; who: string; outcome: string }[]>('audit', '--limit', '1000')
    expect(lines).toContainEqual(
      expect.objectContaining({ who: 'ann', request: 'auth login', outcome: 'succeeded', after: { by: 'oidc' } }),
    )
    expect(lines).toContainEqual(
      expect.objectContaining({ who: '?', request: 'auth callback', outcome: 'refused LOGIN_REFUSED' }),
    )
    expect(JSON.stringify(lines)).not.toContain(provider.clientSecret)
  })
})

describe('a provider that is down', () => {
  afterEach(() => provider.start())

  test('is a fault of its own, and who is in stays in', async () => {
    provider.next('s-ann', ann)
    await logsIn()
    const back = await comesBack()
    await provider.stop()
    const page = await chrome.go(back)
    expect([page.status, page.json.error.code]).toEqual([503, 'PROVIDER_UNREACHABLE'])
    expect(page.text).not.toMatch(/ECONNREFUSED|localhost/)
    expect((await me()).json.user).toBe('ann')
  })
})
