/** Who one is on other machines: ~/.makinastates.conf, and how it is written. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { corpusCommand, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let other: World
let serving: Serving
let second: Serving
let file = ''
const [shop, blog] = [uniqueName('shop'), uniqueName('blog')]
const secret = 'correct horse battery'
let token = ''

beforeAll(async () => {
  world = makeWorld()
  other = makeWorld()
  file = join(world.scratch, '.makinastates.conf')
  for (const [one, name] of [
    [world, shop],
    [other, blog],
  ] as const) {
    await one.must('init', name)
    expect(await one.run([corpusCommand, 'user', 'add', 'ann', '--password-stdin'], { input: secret })).toMatchObject({
      status: 0,
    })
    await one.must('grant', 'ann', 'maintainer', '*')
  }
  token = (await world.json<{ token: string }>('token', 'create', 'ann')).token
  ;[serving, second] = await Promise.all([serve(world), serve(other)])
}, 60_000)
beforeEach(() => writeFileSync(file, '', { mode: 0o600 }))
afterAll(async () => {
  await Promise.all([serving?.end(), second?.end()])
  await Promise.all([world?.dispose(), other?.dispose()])
})

const corpus = (input: string, ...words: string[]) => world.run([corpusCommand, ...words], { input })
const url = ({ port }: Serving) => `http://127.0.0.1:${port}`
const byPassword = (environment: string, server: Serving) =>
  corpus(secret, 'login', environment, url(server), '--user', 'ann', '--password-stdin')

test('a password gives a token, which is kept beside what stood there, and is ended by logging out', async () => {
  writeFileSync(file, `# mine\nstage: # the small one\n  url: ${url(second)}\n  id: ann\n  password: ${secret}\n`)
  expect(await byPassword('prod', serving)).toMatchObject({
    status: 0,
    stdout: `prod is ${url(serving)}; now: corpus -e prod list\n`,
  })
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(/^# mine\nstage:\s+# the small one\n/)
  expect(text).toMatch(/^prod:\n {2}url: http.*\n {2}id: ann\n {2}token: corpus\.[\w.-]+\n$/m)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(existsSync(`${file}.new`)).toBe(false)
  // Two environments, and which one is asked where none is said.
  expect((await world.must('-e', 'prod', 'list')).stdout).toContain(shop)
  expect((await world.must('-e', 'stage', 'list')).stdout).toContain(blog)
  expect((await world.run([corpusCommand, 'list'], { env: { CORPUS_ENV: 'stage' } })).stdout).toContain(blog)
  expect(await world.json('environments')).toEqual([
    { environment: 'stage', url: url(second), id: 'ann', credential: 'password' },
    { environment: 'prod', url: url(serving), id: 'ann', credential: 'token' },
  ])
  const made = /token: (corpus\.\S+)/.exec(text)?.[1] ?? ''
  expect((await serving.ask('GET /projects', { token: made })).status).toBe(200)
  expect(await world.corpus('logout', 'prod')).toMatchObject({ status: 0, stdout: 'prod is forgotten\n' })
  expect((await serving.ask('GET /projects', { token: made })).status).toBe(401)
  expect(readFileSync(file, 'utf8')).toMatch(/^# mine\nstage:\s+# the small one\n[\s\S]*battery\n$/)
  expect((await world.corpus('-e', 'prod', 'list')).stderr).toContain('(SERVER_UNKNOWN)')
}, 60_000)

test('logged in again, the token of before is ended; another’s or a narrowed one makes none', async () => {
  const tokenOf = () => /token: (corpus\.\S+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
  await byPassword('prod', serving)
  const first = tokenOf()
  await byPassword('prod', serving)
  expect(tokenOf()).not.toBe(first)
  expect((await serving.ask('GET /projects', { token: first })).status).toBe(401)
  expect((await serving.ask('POST /users/ann/tokens', { token: tokenOf(), body: {} })).status).toBe(403)
  expect((await serving.ask(`DELETE /tokens/${token.split('.')[1]}`, { token: tokenOf() })).status).toBe(403)
  const wrong = await corpus('wrong password', 'login', 'prod', url(serving), '--user', 'ann', '--password-stdin')
  expect([wrong.status, wrong.stderr]).toEqual([3, expect.stringContaining('(CREDENTIAL_REFUSED)')])
  const bad = await corpus(`${token}x`, 'login', 'new', url(serving), '--token-stdin')
  expect([bad.status, bad.stderr]).toEqual([3, expect.stringContaining('(CREDENTIAL_REFUSED)')])
  expect(readFileSync(file, 'utf8')).not.toContain('new:')
}, 60_000)

test('two who log in at once are both there', async () => {
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map(name => corpus(token, 'login', name, url(serving), '--token-stdin')))
  const listed = await world.json<{ environment: string }[]>('environments')
  expect(listed.map(one => one.environment).sort()).toEqual(names)
}, 30_000)

test('what others can read is not believed, and what cannot be understood is told without its secrets', async () => {
  writeFileSync(file, `prod:\n  url: ${url(serving)}\n  token: ${token}\n`)
  chmodSync(file, 0o640)
  for (const words of [['-e', 'prod', 'list'], ['environments'], ['logout', 'prod']]) {
    const exposed = await world.corpus(...words)
    expect([words, exposed.status, exposed.stderr]).toEqual([words, 3, expect.stringContaining('chmod 600')])
    expect(exposed.stderr).toContain('(CREDENTIALS_EXPOSED)')
  }
  chmodSync(file, 0o600)
  for (const text of [
    '- hunter22\n',
    'prod: hunter22\n',
    'prod: {url: x, token: {hunter22: 1}}\n',
    'prod: [hunter22\n',
  ]) {
    writeFileSync(file, text)
    const { status, stderr } = await world.corpus('-e', 'prod', 'list')
    expect([text, status, stderr]).toEqual([text, 3, expect.stringContaining('(CREDENTIALS_INVALID)')])
    expect(stderr).not.toContain('hunter22')
  }
  // As the RFC's own example has it: no colon behind the last word.
  writeFileSync(file, `prod:\n   url: ${url(serving)}\n   id: ann\n   password ${secret.replaceAll(' ', '')}\n`)
  expect((await world.corpus('environments')).stdout).toMatch(/prod +http\S+ +ann +password/)
}, 30_000)

test('on a terminal the password is asked for, and not shown', async () => {
  const line = `${corpusCommand} login prod ${url(serving)}`
  const typed = `sleep 1; printf 'ann\\n'; sleep 1; printf '%s\\n' '${secret}'; sleep 1`
  const { stdout } = await world.run(['sh', '-c', `(${typed}) | script -qec '${line}' /dev/null`])
  expect(stdout).toContain('Password of ann:')
  expect(stdout).toContain('now: corpus -e prod list')
  expect(stdout).not.toContain(secret)
  const none = await world.corpus('login', 'prod', url(serving))
  expect([none.status, none.stderr]).toEqual([2, expect.stringContaining('--user NAME')])
}, 30_000)

test('the client runs on Windows: with its paths, without modes, processes and anything that was compiled', async () => {
  const program = [join(home, 'node_modules', '.bin', 'node'), '-r', join(home, 'test/support/windows.cjs')]
  const client = (input: string, ...words: string[]) =>
    world.run([...program, join(home, 'scripts/client.mjs'), ...words], { input })
  const login = await client(token, 'login', 'prod', url(serving), '--token-stdin')
  expect(login).toMatchObject({ status: 0, stdout: `prod is ${url(serving)}; now: corpus -e prod list\n` })
  expect(login.stderr).toContain(`\\.makinastates.conf is what Windows says`)
  // Modes mean nothing there.
  chmodSync(file, 0o644)
  const local = await world.corpus('status', shop)
  expect(await client('', '-e', 'prod', 'status', shop)).toEqual(local)
  expect((await client('', '-e', 'prod', 'env', 'set', shop, 'COLOUR=red')).status).toBe(0)
  expect(await client('', '-e', 'prod', 'jobs')).toMatchObject({ status: 0, stderr: '' })
  const deploy = await client('', '-e', 'prod', 'deploy', shop)
  expect([deploy.status, deploy.stderr]).toEqual([3, expect.stringContaining('(NOTHING_TO_DEPLOY)')])
  expect(await client('', 'logout', 'prod')).toMatchObject({ status: 0 })
  expect(readFileSync(file, 'utf8')).toBe('')
  token = (await world.json<{ token: string }>('token', 'create', 'ann')).token
}, 60_000)
