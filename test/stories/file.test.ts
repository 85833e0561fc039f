/** A controller as a file: exported, planned and applied, as people and their programs do it. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Serving, serve } from '../support/serve.ts'
import { corpusCommand, makeWorld, uniqueName, type World } from '../support/world.ts'

interface Changes {
  readonly changes: readonly { readonly action: string; readonly kind: string; readonly name: string }[]
  readonly notices: readonly string[]
}

let world: World
const shop = uniqueName('shop')
const blog = uniqueName('blog')
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

/** A file of the test's; its path. */
function file(text: string, name = 'corpus.yaml'): string {
  const path = join(world.scratch, name)
  writeFileSync(path, text)
  return path
}
const named = ({ changes }: Changes) => changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`)
const plan = async (path: string, ...words: string[]) =>
  JSON.parse((await world.corpus('plan', '-f', path, ...words, '--json')).stdout) as Changes
const apply = (path: string, ...words: string[]) => world.json<Changes & object>('apply', '-f', path, ...words)
const exported = async () => (await world.must('export')).stdout

const team = () => `corpus: 1
users:
  ann: { admin: true }
  bob: { groups: [team-a] }
grants:
  - { user: bob, right: deployer, projects: ${shop} }
  - { group: team-a, right: viewer, projects: '*' }
  - { user: bob, denied: see, projects: secret-* }
projects:
  ${shop}:
    mode: cooking
    installer: generic
    domains: [shop.example]
    scale: { web: 2 }
    environment: { COLOUR: red, TOKEN: }
    settings:
      keep_archives: 5
      data: { db: { host: localhost, port: 5432, ratio: 1.0 } }
  ${blog}: { installer: generic }
`

test('a file of nothing is planned and applied on a machine of nothing; to look makes no store', async () => {
  expect(await exported()).toContain('users: {}')
  expect(await plan(file('corpus: 1\n'))).toEqual({ changes: [], notices: [] })
  expect(existsSync(join(world.root, 'corpus', 'corpus.db'))).toBe(false)
})

test('plan draws what apply does, ends with 2, and changes nothing; a second apply has nothing to do', async () => {
  const path = file(team())
  const drawn = await world.corpus('plan', '-f', path)
  expect(drawn.status).toBe(2)
  expect(drawn.stdout).toContain(`+ project ${shop}\n    + mode: cooking\n`)
  expect(drawn.stdout).toContain(`! ${shop} lacks TOKEN: corpus env set ${shop} TOKEN=…\n`)
  expect(await world.json('list')).toEqual([])
  const order = [
    'add user ann',
    'add user bob',
    'add grant no see on secret-* for bob',
    `add grant deployer on ${shop} for bob`,
    'add grant viewer on * for the group team-a',
    `add project ${shop}`,
    `add project ${blog}`,
  ]
  expect(named(await plan(path))).toEqual(order)
  expect(named(await apply(path))).toEqual(order)
  expect(await apply(path)).toMatchObject({ changes: [] })
  const again = await world.must('plan', '-f', path)
  expect(again.stdout).toContain('Nothing to do.')
  expect((await world.json<{ projects: object[] }>('rights', 'bob')).projects).toContainEqual({
    name: shop,
    rights: ['see', 'logs', 'deploy', 'push'],
  })
  expect(await world.json('config', 'get', shop)).toMatchObject({
    mode: 'cooking',
    domains: ['shop.example'],
    scale: { web: 2 },
    keep_archives: 5,
  })
  expect(await world.json('env', 'list', shop)).toMatchObject([{ name: 'COLOUR', value: 'red', secret: false }])
})

test('what is exported has nothing secret in it, is the same each time, and is what is there', async () => {
  await world.must('env', 'set', shop, 'TOKEN=hunter2hunter2')
  await world.must('config', 'set', shop, 'data.db.password=hunter3hunter3', 'data.url=https://u:hunter4hunter4@h/')
  const text = await exported()
  expect(text).not.toMatch(/hunter/)
  expect(text).toContain(`# Left out here: settings of ${shop}: data.db.password, data.url\n`)
  expect(text).toContain('    environment:\n      COLOUR: red\n      TOKEN:\n')
  expect(await exported()).toBe(text)
  const back = file(text, 'back.yaml')
  // Nor does it take away what it leaves out.
  expect(await plan(back, '--prune')).toEqual({ changes: [], notices: [] })
  await apply(back, '--prune')
  expect(await world.json('config', 'get', shop, 'data.db.password', '--reveal')).toBe('hunter3hunter3')
})

test('another machine becomes the same by it', async () => {
  const other = makeWorld()
  try {
    // Accounts of projects are the machine's: these have names of their own.
    const text = (await exported()).replaceAll(shop, `${shop}2`).replaceAll(blog, `${blog}2`)
    const path = join(other.scratch, 'corpus.yaml')
    writeFileSync(path, text)
    await other.must('apply', '-f', path)
    const theirs = (await other.must('export')).stdout
    const bare = (one: string) => one.replaceAll(/^.*(# Left out here|TOKEN:).*\n/gm, '')
    expect(bare(theirs)).toBe(bare(text))
  } finally {
    await other.dispose()
  }
})

test('what is not valid is told with its place, all of it, and nothing is changed', async () => {
  const before = await exported()
  const path = file(`corpus: 1
user: {}
users:
  carl: { amin: true }
  --admin: {}
  __proto__: { admin: true }
grants:
  - { user: nobody, right: deploer, projects: "../etc" }
projects:
  ../../etc: {}
  "a'; rm -rf /": {}
  ${blog}: { mode: cookin, settings: { keep_archive: 3, x-append: [1] }, environment: { 1A: x } }
  new-${blog}: { installer: nodjs, domains: ["-x", shop.example] }
keys:
  al: { key: 'command="id" ssh-rsa AAAAB3', projects: ['*'] }
`)
  for (const command of ['plan', 'apply']) {
    const { status, stderr } = await world.corpus(command, '-f', path)
    expect([status, stderr]).toEqual([3, expect.stringContaining('FILE_INVALID')])
    for (const told of [
      'line 2, column 1: "user" is nothing that the file has. Did you mean users?',
      'line 4, column 11: "amin" is nothing that the user carl has. Did you mean admin?',
      'line 5, column 3: "--admin" is not a name of a user',
      'line 6, column 3: "__proto__" is not a name of a user',
      'line 8, column 13: there is no user "nobody"',
      'line 8, column 28: "deploer" is neither a right nor a role. Did you mean deployer?',
      'line 8, column 47: "../etc" is no name of projects',
      'line 10, column 3: "../../etc" is not a project name',
      'line 11, column 3: "a\'; rm -rf /" is not a project name',
      'mode must be editable, cooking or final, not "cookin"',
      'corpus has no setting "keep_archive". Did you mean keep_archives?',
      '"x-append" would add to what is there each time',
      'The variable "1A" cannot be set',
      'There is no installer "nodjs". Did you mean nodejs?',
      '"-x" is not a host name',
      'line 15, column 14: That is not a public ssh key',
    ])
      expect(stderr).toContain(told)
  }
  expect(await exported()).toBe(before)
  expect((await world.corpus('apply', '-f', file('users: {}\n'))).stderr).toContain('does not say that it is of corpus')
  expect((await world.corpus('apply', '-f', file('corpus: 2\n'))).stderr).toContain('files of the form 1')
  expect((await world.corpus('plan', shop, '-f', path)).status).toBe(2)
})

test('a secret is not made a plain variable', async () => {
  const path = file(`corpus: 1\nprojects: { ${shop}: { environment: { TOKEN: x } } }\n`)
  expect((await world.corpus('apply', '-f', path)).stderr).toContain('leave its value out')
})

test('what the file does not name stays, or goes with --prune, of the sections that it has; a project only where it is named', async () => {
  await world.must('user', 'add', 'carl')
  await world.must('grant', 'carl', 'viewer', shop)
  await world.must('config', 'set', shop, 'data.more.deep=1', 'downtime=true')
  await world.must('env', 'set', shop, 'OLD=1', '--plain')
  const text = team().replace(/ {2}blog.*\n$/, '')
  const path = file(text)
  const kept = await plan(path)
  expect(kept.changes).toEqual([])
  expect(kept.notices.join('\n')).toContain('the user carl')
  expect(kept.notices.join('\n')).toContain(`the project ${blog}`)
  // A section that is not there is nobody's.
  expect(await plan(file('corpus: 1\n', 'empty.yaml'), '--prune')).toEqual({ changes: [], notices: [] })
  const pruned = await plan(path, '--prune')
  expect(named(pruned)).toEqual([
    `change project ${shop}`,
    `remove grant viewer on ${shop} for carl`,
    'remove user carl',
  ])
  expect(pruned.notices.join('\n')).toContain(`--destroy ${blog}`)
  expect((await world.must('apply', '-f', path, '--prune')).stdout).toContain(
    '    - data.more.deep: 1\n    - downtime: true\n    - environment.OLD: 1\n',
  )
  expect((await apply(path, '--prune')).changes).toEqual([])
  expect(existsSync(world.path(blog))).toBe(true)
  expect((await world.corpus('apply', '-f', path, '--destroy', blog)).status).toBe(2)
  expect((await world.corpus('apply', '-f', path, '--prune', '--destroy', shop)).stderr).toContain('stands in the file')
  expect(named(await apply(path, '--prune', '--destroy', blog))).toEqual([`remove project ${blog}`])
  expect(existsSync(world.path(blog))).toBe(false)
  expect((await apply(path, '--prune', '--destroy', blog)).changes).toEqual([])
})

test('a failure in the middle says what was done and what was not, and the same command goes on', async () => {
  const [one, two, three] = [uniqueName('a'), uniqueName('b'), uniqueName('c')]
  const origin = join(world.scratch, 'origin.git')
  const path = file(`corpus: 1
users: { dora: {} }
projects:
  ${one}: { installer: generic }
  ${two}: { installer: generic, settings: { origin: ${origin} } }
  ${three}: { installer: generic }
`)
  const failed = await world.corpus('apply', '-f', path)
  expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('APPLY_HALF_DONE')])
  expect(failed.stderr).toMatch(
    new RegExp(
      `done:\n.*\\+ user dora\n.*\\+ project ${one}\n.*failed:\n.*\\+ project ${two}\n.*\\(GIT_FAILED\\)(.|\n)*not done:\n.*\\+ project ${three}\n`,
    ),
  )
  expect([one, two, three].map(name => existsSync(world.path(name)))).toEqual([true, false, false])
  const audit = await world.json<{ request: string; target: string; outcome: string }[]>('audit')
  expect(audit).toContainEqual(
    expect.objectContaining({ request: 'apply: add project', target: two, outcome: 'failed GIT_FAILED' }),
  )
  expect((await world.run(['git', 'init', '-q', '--bare', origin])).status).toBe(0)
  expect(named(await apply(path))).toEqual([`add project ${two}`, `add project ${three}`])
  expect((await apply(path)).changes).toEqual([])
  await world.must('audit', 'verify')
})

test('killed in the middle, the same command makes what was begun whole, and goes on', async () => {
  const names = [uniqueName('g'), uniqueName('h'), uniqueName('i')]
  const path = file(
    `corpus: 1\nprojects: { ${names.map(name => `${name}: { installer: generic, settings: { keep_archives: 4 } }`).join(', ')} }\n`,
  )
  const child = spawn(corpusCommand, ['apply', '-f', path], { env: world.env, cwd: world.scratch, stdio: 'ignore' })
  const ended = new Promise(resolve => child.on('exit', resolve))
  // In the middle of the second.
  const second = join(world.path(names[1] ?? ''), 'git', 'project.git')
  while (!existsSync(second) && child.exitCode === null) await new Promise(resolve => setTimeout(resolve, 2))
  child.kill('SIGKILL')
  await ended
  expect(existsSync(world.path(names[2] ?? ''))).toBe(false)
  await world.must('apply', '-f', path)
  expect(await plan(path)).toMatchObject({ changes: [] })
  for (const name of names) expect(await world.json('config', 'get', name, 'keep_archives')).toBe(4)
  expect((await (await world.clone(names[1] ?? '', { 'a.txt': 'a\n' })).push()).status).toBe(0)
})

test('two at once: each thing is made once', async () => {
  const names = [uniqueName('d'), uniqueName('e')]
  const path = file(
    `corpus: 1\nusers: { emil: {} }\nprojects: { ${names.map(name => `${name}: { installer: generic }`).join(', ')} }\n`,
  )
  const both = await Promise.all([apply(path), apply(path)])
  expect(both.map(({ changes }) => changes.length).sort()).toEqual([0, 3])
})

describe('keys', () => {
  test('come with what they may do, and a file that has none says nothing of them', async () => {
    const key = join(world.scratch, 'key')
    expect((await world.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'x y', '-f', key])).status).toBe(0)
    await world.must('keys', 'add', 'ann', `${key}.pub`, '--project', shop, '--pillar')
    const text = await exported()
    const line = readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
    expect(text).toContain(`keys:\n  ann:\n    key: ${line}\n    projects:\n      - ${shop}\n    pillar: true\n`)
    const path = file(text)
    await world.must('keys', 'remove', 'ann')
    expect(named(await apply(path))).toEqual(['add key ann'])
    expect(await exported()).toBe(text)
    const narrowed = file(text.replace('    pillar: true\n', ''))
    expect(named(await apply(narrowed))).toEqual(['change key ann'])
    expect(await world.json('keys', 'list')).toMatchObject([{ name: 'ann', pillar: false }])
    const twice = file(`corpus: 1\nkeys:\n  bob: { key: ${line}, projects: [x] }\n`)
    expect((await world.corpus('apply', '-f', twice)).stderr).toContain('that is the key ann already')
    expect(named(await apply(file('corpus: 1\nkeys: {}\n'), '--prune'))).toEqual(['remove key ann'])
  })
})

describe('over HTTP', () => {
  let serving: Serving
  let token: string
  beforeAll(async () => {
    await world.must('user', 'add', 'root-of-all', '--admin')
    token = (await world.json<{ token: string }>('token', 'create', 'root-of-all')).token
    serving = await serve(world)
  })
  afterAll(async () => {
    await serving?.end()
  })

  test('an administrator exports, plans and applies, and does not lock itself out', async () => {
    const text = (await serving.ask('GET /export', { token })).json.text as string
    expect(text).toContain('root-of-all: { admin: true')
    expect((await serving.ask('POST /plan', { token, body: { file: text } })).json).toEqual({
      changes: [],
      notices: [],
    })
    const body = { file: `${text.replace(/ {2}ann: .*\n/, '$&  greta: {}\n')}` }
    expect((await serving.ask('POST /apply', { token, body })).json.changes).toMatchObject([
      { action: 'add', kind: 'user', name: 'greta' },
    ])
    for (const own of [
      { file: 'corpus: 1\nusers: { root-of-all: { admin: false } }\n' },
      { file: 'corpus: 1\nusers: { root-of-all: { disabled: true } }\n' },
      { file: 'corpus: 1\nusers: {}\n', prune: true },
    ]) {
      const { status, json } = await serving.ask('POST /apply', { token, body: own })
      expect([status, json.error.code]).toEqual([409, 'FILE_INVALID'])
    }
    const audit = (await serving.ask('GET /audit', { token })).json as { request: string; after: unknown }[]
    // Of a file, nothing is kept; of what it changed, each thing.
    expect(audit.find(one => one.request === 'apply')?.after).toMatchObject({ file: '********' })
    expect(audit).toContainEqual(expect.objectContaining({ request: 'apply: add user', target: 'greta' }))
  })
})

test('a thousand projects are planned', async () => {
  const lines = Array.from(
    { length: 1000 },
    (_, at) => `  p${at}: { mode: cooking, installer: nodejs, domains: [p${at}.example] }`,
  )
  const path = file(`corpus: 1\nprojects:\n${lines.join('\n')}\n`)
  expect((await plan(path)).changes).toHaveLength(1000)
})

test('a project whose settings are damaged is named, and keeps nobody from exporting the rest', async () => {
  const damaged = uniqueName('f')
  await world.must('init', damaged)
  writeFileSync(join(world.path(damaged), 'corpus', 'configuration.json'), '{')
  const text = await exported()
  expect(text).toContain(`# Left out here: ${damaged}: The saved configuration`)
  expect(text).toContain(`  ${shop}:\n`)
})
