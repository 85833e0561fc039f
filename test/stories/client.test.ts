/** Another machine is asked as this one is: every declared request, the same words, the same answer, the same status. */
import { writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { behind, commands } from '../../src/controller/reference/commands.ts'
import { requests } from '../../src/controller/requests/index.ts'
import { type Serving, serve } from '../support/serve.ts'
import { type Ended, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let serving: Serving
/** What one does on the machine itself, and the other from elsewhere. */
interface Side {
  readonly before: readonly string[]
  readonly project: string
  readonly fresh: string
  readonly person: string
}
const sideOf = (word: string, ...before: string[]): Side => ({
  before,
  project: uniqueName(`p${word}`),
  fresh: uniqueName(`f${word}`),
  person: uniqueName(`u${word}`),
})
const here = sideOf('here')
const there = sideOf('away', '-e', 'there')
/** Of the project that both look at. */
let job = ''

beforeAll(async () => {
  world = makeWorld()
  for (const { project, person } of [here, there]) {
    await world.must('init', project, '--mode', 'cooking', '--installer', 'procfile')
    const clone = await world.clone(project, {
      Procfile: 'job: echo began; exec sleep 1000\n',
      '.salt/task_greet.sls': 'hello:\n  test.succeed_with_changes: []\n',
      '.salt/configure.sls': 'there:\n  test.succeed_with_changes: []\n',
    })
    expect((await clone.push()).status).toBe(0)
    await clone.commit({ 'more.txt': 'more\n' })
    expect((await clone.push()).status).toBe(0)
    expect(
      (await world.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(world.scratch, person)])).status,
    ).toBe(0)
  }
  job = (await world.json<{ id: string }[]>('jobs', '--project', here.project))[0]?.id ?? ''
  // Who does it is told, too: it is the same one on both sides.
  const me = userInfo().username
  await world.must('user', 'add', me, '--admin')
  const { token } = await world.json<{ token: string }>('token', 'create', me)
  serving = await serve(world)
  const login = ['login', 'there', `http://127.0.0.1:${serving.port}`, '--token-stdin']
  expect(await corpus(login, token)).toMatchObject({ status: 0 })
}, 120_000)
afterAll(async () => {
  await serving?.end()
  await world?.dispose()
})

const corpus = (words: readonly string[], input = ''): Promise<Ended> =>
  world.run([join(import.meta.dirname, '../../scripts/corpus'), ...words], { input })

interface Asked {
  readonly words: readonly string[]
  readonly input?: string
}

/** Words of requests that take more than the name of a project. */
const said: Readonly<Record<string, (side: Side) => Asked>> = {
  init: ({ fresh }) => ({ words: ['init', fresh, '--mode', 'final', '--installer', 'generic'] }),
  destroy: ({ fresh }) => ({ words: ['destroy', fresh, '--confirm', fresh] }),
  run: ({ project }) => ({ words: ['run', project, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'] }),
  'ps scale': ({ project }) => ({ words: ['ps', project, 'scale', 'job=1'] }),
  'ps restart': ({ project }) => ({ words: ['ps', project, 'restart'] }),
  'task run': ({ project }) => ({ words: ['task', project, 'greet'] }),
  'config set': ({ project }) => ({ words: ['config', 'set', project, 'keep_archives=4', 'colour=red'] }),
  'config unset': ({ project }) => ({ words: ['config', 'unset', project, 'colour'] }),
  'pillar set': ({ project }) => ({ words: ['pillar', 'set', project, 'data.port=1', 'data.text=-'], input: 'a\nb\n' }),
  'pillar unset': ({ project }) => ({ words: ['pillar', 'unset', project, 'data.port'] }),
  'env set': ({ project }) => ({
    words: ['env', 'set', project, 'COLOUR=red', `BYTES=@${join(world.scratch, 'bytes')}`],
  }),
  'env unset': ({ project }) => ({ words: ['env', 'unset', project, 'COLOUR'] }),
  'keys add': ({ person, project }) => ({
    words: ['keys', 'add', person, `${join(world.scratch, person)}.pub`, '--project', project, '--pillar'],
  }),
  'keys remove': ({ person }) => ({ words: ['keys', 'remove', person] }),
  'user add': ({ person }) => ({ words: ['user', 'add', person, '--password-stdin'], input: 'correct horse\n' }),
  'user passwd': ({ person }) => ({ words: ['user', 'passwd', person, '--password-stdin'], input: 'battery staple\n' }),
  'user remove': ({ person }) => ({ words: ['user', 'remove', person] }),
  'token create': ({ person }) => ({ words: ['token', 'create', person, '--days', '3'] }),
  'token revoke': () => ({ words: ['token', 'revoke', 'AAAAAAAAAAAA'] }),
  grant: ({ person, project }) => ({ words: ['grant', person, 'viewer', project] }),
  revoke: ({ person, project }) => ({ words: ['revoke', person, 'viewer', project] }),
  rights: ({ person }) => ({ words: ['rights', person] }),
  'job show': () => ({ words: ['job', 'show', job] }),
  'job events': () => ({ words: ['job', 'events', job] }),
  'job follow': () => ({ words: ['jobs', '--follow', job] }),
  'job cancel': () => ({ words: ['job', 'cancel', job] }),
  'domains add': ({ project }) => ({ words: ['domains', 'add', project, `${project}.example`] }),
  'domains remove': ({ project }) => ({ words: ['domains', 'remove', project, `${project}.example`] }),
  'maintenance set': ({ project }) => ({ words: ['maintenance', project, 'off'] }),
  'states apply': ({ project }) => ({ words: ['states', 'apply', project, 'configure'] }),
  'states render': ({ project }) => ({ words: ['states', 'render', project, 'configure'] }),
  'states show': ({ project }) => ({ words: ['states', 'show', project, 'configure'] }),
  'states doc': () => ({ words: ['states', 'doc', 'file.managed'] }),
  completion: () => ({ words: ['completion', 'fish'] }),
  'audit verify': () => ({ words: ['audit', 'verify'] }),
  'agent logs': () => ({ words: ['agent', '--logs'] }),
  agent: () => ({ words: ['agent', '--enable', '--disable'] }),
  'plan file': ({ person }) => ({ words: ['plan', '-f', '-'], input: `corpus: 1\nusers:\n  ${person}-f: {}\n` }),
  apply: ({ person }) => ({ words: ['apply', '-f', '-'], input: `corpus: 1\nusers:\n  ${person}-f: {}\n` }),
  jobs: ({ project }) => ({ words: ['jobs', '--project', project] }),
}

/** A request without an entry there is its name, and the name of a project where it takes one. */
function asked(name: string, side: Side): Asked {
  const own = said[name]
  if (own) return own(side)
  const command = commands.find(one => one.name === name)
  if (command === undefined || command.behind !== undefined) throw new Error(`Say how ${name} is asked here.`)
  const required = command.params.required ?? []
  if (required.some(param => param !== 'name')) throw new Error(`Say how ${name} is asked here.`)
  return { words: [...name.split(' '), ...(required.length > 0 ? [side.project] : [])] }
}

/** Without what is another on each side, or at each time. */
function same(text: string, { project, fresh, person }: Side): string {
  return (
    text
      .replaceAll('corpus -e there ', 'corpus ')
      .replaceAll(project, 'PROJECT')
      .replaceAll(fresh, 'FRESH')
      .replaceAll(person, 'PERSON')
      .replaceAll(/corpus\.[\w-]{12}\.[\w-]{43}/g, 'TOKEN')
      .replaceAll(/"id":"[\w-]{12}"|^[\w-]{12}, good/gm, 'ID')
      .replaceAll(/SHA256:[\w+/]+/g, 'FINGERPRINT')
      .replaceAll(/\b\d{8}T\d{9}Z-[0-9a-f-]+/g, 'RELEASE')
      .replaceAll(/\b\d{8}T\d{6}-[0-9a-f]{4}\b/g, 'RELEASE')
      .replaceAll(/\b[0-9a-f]{10,64}\b/g, 'HASH')
      .replaceAll(/\b\d+(\.\d+)? (ms|s|min|B|KiB|MiB|GiB)\b/g, 'AMOUNT')
      .replaceAll(/\d+(\.(\d+|HASH))?/g, '0')
      // Columns are as wide as what is in them; a step that takes a moment says so.
      .replaceAll(/ +/g, ' ')
      .replaceAll(/^ ?0s [\w-]+: done in.*\n/gm, '')
      // Each side finds what the other one made.
      .replaceAll(/^! not in the file.*\n/gm, '')
      // The archive is packed while processes are stopped.
      .replaceAll(/^ ?0s project\.tar\.zst.*\n/gm, '')
      .replaceAll(/, took AMOUNT|, in AMOUNT| AMOUNT$/gm, '')
  )
}

async function compared(name: string, away: Side, ...more: string[]): Promise<void> {
  const ask = async (side: Side) => {
    const { words, input } = asked(name, side)
    const { status, stdout, stderr } = await corpus([...side.before, ...words, ...more], input)
    return { status, stdout: same(stdout, side), stderr: same(stderr, side) }
  }
  const [local, remote] = [await ask(here), await ask(away)]
  expect({ name, ...remote }).toEqual({ name, ...local })
}

describe('the client against the server answers as the local command does', () => {
  beforeAll(() => writeFileSync(join(world.scratch, 'bytes'), Buffer.from([0xff, 0xfe, 0x41])))
  const asking = requests.filter(one => one.local === undefined)

  // Both look at the same.
  test.each(asking.filter(one => one.kind === 'read').map(one => one.name))('%s', async name => {
    const away = { ...here, before: there.before }
    await compared(name, away)
    await compared(name, away, '--json')
  })

  test.each(asking.filter(one => one.kind === 'change' && one.name !== 'destroy').map(one => one.name))(
    '%s',
    async name => {
      await compared(name, there)
    },
    60_000,
  )

  test.each(asking.filter(one => one.kind === 'job').map(one => one.name))(
    '%s',
    async name => {
      await compared(name, there)
    },
    60_000,
  )

  test('a job with its record as JSON, and what is destroyed', async () => {
    await compared('deploy', there, '--json')
    await compared('rollback', there, '--json')
    for (const side of [here, there]) await corpus(asked('init', side).words)
    await compared('destroy', there)
  }, 60_000)
})

test('what makes sense on the machine alone is refused with a sentence, and asks nobody', async () => {
  const local = requests.filter(one => one.local !== undefined)
  expect(local.map(one => one.name).sort()).toEqual(['remote add', 'serve', 'shell', 'states call'])
  for (const words of [
    ['serve'],
    ['remote', 'add', here.project],
    ['states', 'call', 'test.ping'],
    ['shell', here.project],
    ['agent'],
    ['states', 'apply', '--file-root', '/etc', 'x'],
    ['states', 'show', here.project, '--pillar-root', '/etc'],
  ]) {
    const { status, stdout, stderr } = await corpus(['-e', 'there', ...words])
    expect([words, status, stdout, stderr]).toEqual([words, 2, '', expect.stringContaining('(LOCAL_ONLY)')])
  }
  expect(await corpus(['-e', 'there', 'list', '--root', '/srv'])).toMatchObject({ status: 2 })
  expect((await corpus(['-e', 'there', 'status'])).stderr).toContain('Name the project')
})

test('a file that a command names is read where the command is given', async () => {
  const file = join(world.scratch, 'only-here')
  writeFileSync(file, 'from the client\n')
  await corpus(['-e', 'there', 'env', 'set', here.project, `FROM=@${file}`, '--plain'])
  expect((await corpus(['env', 'list', here.project])).stdout).toContain('FROM="from the client\\n"')
  const missing = await corpus(['-e', 'there', 'env', 'set', here.project, 'FROM=@/nonexistent/file'])
  expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('(ENVIRONMENT_INVALID)')])
})

test('every command that is behind another has words here, so that none is left out', () => {
  const others = commands.filter(one => behind(one).length > 0).flatMap(one => behind(one).map(({ name }) => name))
  expect(others.filter(name => said[name] === undefined)).toEqual([])
})
