/** State files by hand: applied, rendered, shown, tried; and what a deployment would change. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, eventually, isAlive, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

/** A folder of state files below the scratch folder. */
function folder(files: Readonly<Record<string, string>>): string {
  const made = join(world.scratch, uniqueName('salt'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, path)), { recursive: true })
    writeFileSync(join(made, path), text)
  }
  return made
}

const managed = (path: string, text: string) =>
  `{% set text = pillar.get('text', '${text}') %}\nconf:\n  file.managed:\n    - name: ${path}\n    - contents: {{ text }}\n`

describe('a folder of state files', () => {
  test('is applied, told in plain lines, and left alone by --test', async () => {
    const out = join(world.scratch, uniqueName('out'))
    const salt = folder({ 'web/app.sls': managed(out, 'one') })
    const states = (...more: string[]) => world.corpus('states', 'apply', '--file-root', salt, 'web.app', ...more)
    const tried = await states('--test')
    expect(tried.status).toBe(2)
    expect(tried.stdout).toContain('would change  file.managed  conf')
    expect(existsSync(out)).toBe(false)
    const done = await states()
    expect(done.status).toBe(0)
    expect(done.stdout).toMatch(/^changed +file\.managed {2}conf: .+\n[\s\S]*1 state: 1 changed, in /)
    expect(done.stdout).not.toContain('\x1b')
    expect(readFileSync(out, 'utf8')).toBe('one\n')
    expect((await states('--test')).status).toBe(0)
    const diff = await states('--test', '--pillar', '{"text": "two"}')
    expect(diff.status).toBe(2)
    expect(diff.stdout).toMatch(/-one\n +\+two/)
    expect(readFileSync(out, 'utf8')).toBe('one\n')
  })

  test('answers as Salt does with --json, also where it does not compile', async () => {
    const salt = folder({ 'a.sls': 'a:\n  test.nop: []\nb:\n  test.fail_without_changes: []\n', 'bad.sls': 'a: [\n' })
    const failed = await world.corpus('states', 'apply', '--file-root', salt, 'a', '--json')
    expect(failed.status).toBe(1)
    const { local } = JSON.parse(failed.stdout)
    expect(Object.keys(local)).toEqual(['test_|-a_|-a_|-nop', 'test_|-b_|-b_|-fail_without_changes'])
    expect(local['test_|-a_|-a_|-nop']).toMatchObject({ result: true, __run_num__: 0, __sls__: 'a' })
    const faulty = await world.corpus('states', 'apply', '--file-root', salt, 'bad', '--json')
    expect(faulty.status).toBe(3)
    expect(JSON.parse(faulty.stdout).local).toHaveLength(1)
    expect(faulty.stderr).toContain('bad.sls:')
  })

  test('is shown step by step, and rendered', async () => {
    const salt = folder({
      'a.sls': 'last:\n  test.nop:\n    - require: [test: first]\n    - order: last\nfirst:\n  test.nop: []\n',
      'b.sls': '{% for n in range(2) %}x{{ n }}: {test.nop: []}\n{% endfor %}',
      'c.sls': 'x:\n  file.manged:\n    - name: /tmp/x\n',
    })
    const shown = await world.must('states', 'show', '--file-root', salt, 'a,b')
    expect(shown.stdout.split('\n').map(line => line.split(/ {2,}/)[2])).toEqual([
      'id',
      'first',
      'x0',
      'x1',
      'last',
      undefined,
    ])
    const { local } = JSON.parse((await world.must('states', 'show', '--file-root', salt, 'a', '--json')).stdout)
    expect(local.map((row: Record<string, unknown>) => [row['state'], row['fun'], row['__id__']])).toEqual([
      ['test', 'nop', 'first'],
      ['test', 'nop', 'last'],
    ])
    expect((await world.must('states', 'render', '--file-root', salt, 'b')).stdout).toContain('x1: {test.nop: []}')
    const doubted = await world.must('states', 'show', '--file-root', salt, 'c')
    expect(doubted.stderr).toMatch(/c\.sls:2:\d+: .*file\.manged[\s\S]*Did you mean 'file\.managed'/)
  })

  test('shows templates cfg of a file, and pillar of its roots', async () => {
    const salt = folder({ 'a.sls': '{{ cfg.name }}-{{ pillar.p }}:\n  test.nop: []\n', 'cfg.yaml': 'name: demo\n' })
    const pillar = folder({ 'top.sls': 'base:\n  "*": [p]\n', 'p.sls': 'p: 7\n' })
    const more = ['--file-root', salt, '--pillar-root', pillar, '--cfg', join(salt, 'cfg.yaml')]
    expect((await world.must('states', 'render', ...more, 'a')).stdout).toContain('demo-7:')
  })

  test('runs its top.sls where nothing is named, and says so where it has none', async () => {
    const salt = folder({ 'top.sls': 'base:\n  "*": [a]\n', 'a.sls': 'a:\n  test.nop: []\n' })
    expect((await world.must('states', 'apply', '--file-root', salt)).stdout).toContain('test.nop  a')
    const bare = await world.corpus('states', 'apply', '--file-root', folder({ 'a.sls': '' }))
    expect(bare.status).toBe(2)
    expect(bare.stderr).toContain('top.sls')
  })

  test.each([
    [[], 'Name a project'],
    [['--file-root', '/nowhere-at-all', 'a'], 'no folder /nowhere-at-all'],
    [['demo', '--cfg', '/dev/null'], 'go with --file-root'],
    [['--file-root', '/tmp', 'a', '--pillar', '{"a": '], 'is no mapping'],
    [['--file-root', '/tmp', 'a', '--cfg', '/nowhere/cfg.json'], 'no file'],
  ])('refuses %j with a sentence', async (args, words) => {
    const ended = await world.corpus('states', 'apply', ...args)
    expect(ended.status).toBe(2)
    expect(ended.stderr).toContain(words)
  })

  test('stops the command that runs when it is interrupted', async () => {
    const salt = folder({ 'a.sls': 'a:\n  cmd.run:\n    - name: echo $$ > {{ pillar.pid }}; exec sleep 1000\n' })
    const pid = join(world.scratch, uniqueName('pid'))
    const script = `"$0" states apply --file-root "$1" a --pillar "{\\"pid\\": \\"$2\\"}" & while [ ! -s "$2" ]; do sleep 0.1; done; kill -TERM $!; wait $!`
    const { corpusCommand } = await import('../support/world.ts')
    const ended = await world.run(['sh', '-c', script, corpusCommand, salt, pid])
    expect(ended.status).toBe(1)
    expect(ended.stderr).toContain('CANCELLED')
    const child = readFileSync(pid, 'utf8').trim()
    await eventually('the child is gone', () => !isAlive(child))
  })
})

describe('a project', () => {
  const name = uniqueName('byhand')
  let clone: Clone
  const numbered = (file: string) => `{% do cfg.setdefault('seen', []).append('${file}') %}
${file}:
  file.managed:
    - name: {{ cfg.data_root }}/${file}
    - contents: "{{ cfg.seen|join(' ') }}"
`
  beforeAll(async () => {
    await world.must('init', name, '--mode', 'final')
    clone = await world.clone(name, {
      'index.html': 'x\n',
      '.salt/010_a.sls': numbered('a'),
      '.salt/020_b.sls': numbered('b'),
    })
    expect((await clone.push()).status).toBe(0)
  })
  const data = (file: string) => readFileSync(world.path(name, 'data', file), 'utf8')

  test('has its numbered files applied in order', async () => {
    writeFileSync(world.path(name, 'data', 'a'), 'edited\n')
    const ended = await world.corpus('states', 'apply', name)
    expect(ended.stdout).toMatch(/^changed {7}file\.managed {2}a.*\n[\s\S]*\nunchanged {5}file\.managed {2}b/)
    expect(ended.status).toBe(0)
    expect([data('a'), data('b')]).toEqual(['a\n', 'a b\n'])
  })

  test('is planned: what a deployment of what is stored would change, and nothing is touched', async () => {
    const quiet = await world.must('plan', name)
    expect(quiet.stdout).toContain('build: skipped, built once, in cooking')
    expect(quiet.stdout).toContain('010_a.sls: nothing would change')
    await clone.commit({ '.salt/configure.sls': numbered('c'), '.salt/020_b.sls': numbered('bb') })
    expect((await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')).status).toBe(0)
    const planned = await world.must('plan', name)
    expect(planned.stdout).toMatch(/configure: .*\n {2}configure\.sls\n {4}would change {2}file\.managed {2}c/)
    expect(planned.stdout).toMatch(/install: .*\n[\s\S]*020_b\.sls\n {4}would change {2}file\.managed {2}bb/)
    expect(existsSync(world.path(name, 'data', 'c'))).toBe(false)
    const { procedures } = await world.json<{
      procedures: { procedure: string; skip: string | null; files: { sls: string; local: Record<string, unknown> }[] }[]
    }>('plan', name)
    const row = procedures.find(one => one.procedure === 'configure')
    expect(Object.values(row?.files[0]?.local ?? {})[0]).toMatchObject({ result: null, __id__: 'c' })
    expect(procedures.find(one => one.procedure === 'bundle')?.skip).toBe('archives come from cooking')
  })

  test('runs top.sls where it has one, and standalone.sls with full: false', async () => {
    await clone.commit({
      '.salt/top.sls': 'base:\n  "*": [whole]\n',
      '.salt/whole.sls': 'whole:\n  test.nop: []\n',
      '.salt/standalone.sls': 'alone:\n  test.nop: []\n',
    })
    expect((await clone.push()).status).toBe(0)
    expect((await world.must('states', 'apply', name, '--test')).stdout).toMatch(/^unchanged +test\.nop {2}whole\n1 /)
    await world.must('config', 'set', name, 'full=false')
    expect((await world.must('states', 'apply', name, '--test')).stdout).toMatch(/^unchanged +test\.nop {2}alone\n1 /)
    const named = await world.must('states', 'show', name, '010_a')
    expect(named.stdout).toContain('010_a')
  })

  test('of another name is not known', async () => {
    expect((await world.corpus('plan', 'nobody-has-this')).status).toBe(4)
    expect((await world.corpus('states', 'show', 'nobody-has-this')).status).toBe(4)
  })
})
