/** Sessions where several controllers share a PostgreSQL: whichever is asked knows who is in, and who is out. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browser, type Sent } from '../support/browser.ts'
import { type Serving, serve } from '../support/serve.ts'
import { hasPostgres, type Postgres, startPostgres } from '../support/stores.ts'
import { corpusCommand, makeWorld, type World } from '../support/world.ts'

let world: World
let postgres: Postgres
const servers: Serving[] = []

describe.runIf(hasPostgres)('two controllers', () => {
  beforeAll(async () => {
    world = makeWorld()
    postgres = await startPostgres()
    world.env['CORPUS_STORE'] = postgres.place().url
    const add = [corpusCommand, 'user', 'add', 'ann', '--admin', '--password-stdin']
    expect((await world.run(add, { input: 'correct horse' })).status).toBe(0)
    servers.push(await serve(world), await serve(world))
  })
  afterAll(async () => {
    for (const one of servers) await one.end()
    await world?.dispose()
    await postgres?.dispose()
  })

  test('know one another’s sessions: one that is begun here counts there, and one that is ended there has ended here', async () => {
    const [here, there] = servers.map(({ port }) => `http://127.0.0.1:${port}`) as [string, string]
    const who = browser()
    const go = (url: string, sent: Sent = {}) =>
      who.go(url, { ...sent, headers: { cookie: `corpus-session=${session}`, ...sent.headers } })
    const logIn = () =>
      who.go(`${here}/auth/login`, { method: 'POST', body: { user: 'ann', password: 'correct horse' } })
    const { json } = await logIn()
    const session = who.jar(here).get('corpus-session') ?? ''
    expect((await go(`${there}/auth/me`)).json).toEqual(json)
    const add = { method: 'POST', body: { name: 'bob' } }
    expect((await go(`${there}/api/v1/users`, add)).status).toBe(403)
    expect((await go(`${there}/api/v1/users`, { ...add, headers: { 'x-csrf-token': json.csrf } })).status).toBe(200)
    const out = { method: 'POST', headers: { 'x-csrf-token': json.csrf } }
    expect((await go(`${there}/auth/logout`, out)).status).toBe(200)
    expect((await go(`${here}/auth/me`)).json.error.code).toBe('SESSION_ENDED')
  })
})
