/** State files that are wrong, inside of real deployments: a clear fault, the release before still serves, nothing is lost. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Clone, type Ended, eventually, isAlive, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
let good = ''
const name = uniqueName('badstates')

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  await world.must('config', 'set', name, 'command_timeout_seconds=2', 'template_timeout_seconds=3')
  clone = await world.clone(name, { 'index.html': 'good\n', '.salt/010_app.sls': 'app:\n  test.nop: []\n' })
  expect((await clone.push()).status).toBe(0)
  good = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
})
afterAll(() => world.dispose())
beforeEach(async () => {
  await clone.git('reset', '-q', '--hard', good)
})

/** The release before serves, its files are there, and a good push works right away. */
async function nothingIsLost(pushed: Ended): Promise<void> {
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).not.toMatch(/\n\s+at .*:\d+:\d+\)/)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('good\n')
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: good })
  expect(await world.ref(name, 'master')).toBe(good)
}

const circle =
  'a:\n  test.nop:\n    - require: [test: b]\nb:\n  test.nop:\n    - require: [test: c]\nc:\n  test.nop:\n    - require: [test: a]\n'
const refusals: [string, Record<string, string>, RegExp[]][] = [
  [
    'a macro that calls itself',
    { '010_app.sls': '{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}\n{{ m(1) }}\n' },
    [/010_app\.sls:1/],
  ],
  [
    'macros that import each other',
    {
      '010_app.sls': "{% from 'a.jinja' import m with context %}\n{{ m() }}\n",
      'a.jinja': "{% from 'b.jinja' import n with context %}\n{% macro m() %}{{ n() }}{% endmacro %}\n",
      'b.jinja': "{% from 'a.jinja' import m with context %}\n{% macro n() %}{{ m() }}{% endmacro %}\n",
    },
    [/\.jinja/],
  ],
  ['a circle of requisites', { '010_app.sls': circle }, [/010_app\.sls/, /a -> b -> c -> a/]],
  [
    'a state that nobody knows',
    { '010_app.sls': 'a:\n  file.manged:\n    - name: /x\n' },
    [/:2:/, /Did you mean 'file\.managed'/],
  ],
  [
    'a module that nobody knows',
    { '010_app.sls': 'a:\n  flie.managed:\n    - name: /x\n' },
    [/:2:/, /Did you mean 'file\.managed'/],
  ],
  [
    'an argument that nobody knows',
    { '010_app.sls': 'a:\n  file.touch:\n    - name: /x\n    - makedir: true\n' },
    [/Did you mean 'makedirs'/],
  ],
  [
    'a requisite that nobody knows',
    { '010_app.sls': 'a:\n  test.nop:\n    - requires: [test: b]\nb:\n  test.nop: []\n' },
    [/'requires'/, /Did you mean 'require'/],
  ],
  [
    'a target that nobody declares',
    { '010_app.sls': 'a:\n  test.nop:\n    - require: [test: bb]\nb:\n  test.nop: []\n' },
    [/'bb'|test: bb/],
  ],
  [
    'one ID in two files',
    {
      '010_app.sls': 'include: [one, two]\n',
      'one.sls': 'x: test.nop\n',
      'two.sls': 'y: test.nop\nx: test.succeed_without_changes\n',
    },
    [/two\.sls:2/, /one\.sls:1/],
  ],
  [
    'a file of 10 MB',
    { '010_app.sls': `a: test.nop\n${'# a line of a file that is far too long\n'.repeat(270_000)}` },
    [/010_app\.sls/, /bytes/],
  ],
  [
    'a template that loops for ever',
    { '010_app.sls': '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}\n' },
    [/010_app\.sls:1/],
  ],
]

describe('A push is refused, and nothing has moved, for', () => {
  test.each(refusals)('%s', async (_, files, words) => {
    await clone.commit(Object.fromEntries(Object.entries(files).map(([path, text]) => [`.salt/${path}`, text])))
    const pushed = await clone.push()
    for (const word of words) expect(pushed.stderr).toMatch(word)
    expect(pushed.stderr).toContain('STATES_INVALID')
    expect(pushed.stderr).toContain('Nothing was changed')
    await nothingIsLost(pushed)
  })

  test('a file that is no text', async () => {
    mkdirSync(join(clone.folder, '.salt'), { recursive: true })
    writeFileSync(join(clone.folder, '.salt', '010_app.sls'), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a]))
    await clone.commit({})
    const pushed = await clone.push()
    expect(pushed.stderr).toMatch(/010_app\.sls:1:1: .*UTF-8/)
    await nothingIsLost(pushed)
  })
})

describe('A deployment is taken back for', () => {
  /** In the deployment alone: the check before it has no commit yet, and sees a file that is fine. */
  const inDeployment = (text: string) =>
    `{% if opts.deployment.commit %}\n${text}\n{% endif %}\nfine:\n  test.nop: []\n`

  async function takenBack(file: string, ...words: RegExp[]): Promise<void> {
    await clone.commit({ 'index.html': 'bad\n', '.salt/010_app.sls': file })
    const pushed = await clone.push()
    for (const word of words) expect(pushed.stderr).toMatch(word)
    await nothingIsLost(pushed)
    const [last] = await world.json<{ status: string }[]>('releases', name)
    expect(last?.status).toBe('rolled back')
  }

  test('a command that never ends: it is stopped with its children', async () => {
    const pid = join(world.scratch, uniqueName('pid'))
    const command = `sh -c 'echo $$ > ${pid}; exec sleep 1000' & wait`
    await takenBack(`wait:\n  cmd.run:\n    - name: "${command}"\n`, /STATES_FAILED/, /cmd\.run wait/)
    const child = readFileSync(pid, 'utf8').trim()
    expect(child).toMatch(/^\d+$/)
    await eventually('the child is gone', () => !isAlive(child))
  })

  test('a template that loops for ever once it runs', async () => {
    const loop = '{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}'
    await takenBack(inDeployment(loop), /STATES_INVALID/, /010_app\.sls:2/)
  })

  test('a name that is not there once it runs', async () => {
    await takenBack(inDeployment('{{ nobody.knows }}'), /STATES_INVALID/, /nobody/)
  })

  test('a command that fails', async () => {
    await takenBack('exits:\n  cmd.run:\n    - name: exit 3\n', /STATES_FAILED/, /cmd\.run exits/)
  })

  test('a file that cannot be made', async () => {
    const file = 'f:\n  file.managed:\n    - name: /proc/nowhere/f\n    - contents: x\n    - makedirs: true\n'
    await takenBack(file, /STATES_FAILED/, /file\.managed f/)
  })
})
