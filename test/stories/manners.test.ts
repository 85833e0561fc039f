/** How every command behaves: help with an example, JSON that parses, errors with a code and a way out, statuses as documented. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../../src/controller/reference/commands.ts'
import { commandLines } from '../support/processes.ts'
import { corpusCommand, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('manners')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  expect((await (await world.clone(name, { 'index.html': 'x\n' })).push()).status).toBe(0)
})
afterAll(() => world.dispose())

test('help names every command, and each has help of its own with an example', async () => {
  const help = (await world.must('help', '--all')).stdout
  for (const word of new Set(commands.map(one => one.name.split(' ')[0] ?? ''))) expect(help).toContain(`  ${word}`)
  expect(help).toContain('Example: ')
  // A few by the real program; all of them by the same table.
  for (const command of commands.filter((_, index) => index % 7 === 0)) {
    // What an option of another command chooses is on that one's page.
    const option = command.behind?.option
    if (option !== undefined) {
      expect((await world.must(command.behind?.command ?? '', '--help')).stdout).toContain(option)
      continue
    }
    const own = await world.must(...command.name.split(' '), '--help')
    expect(own.stdout).toContain(command.does.slice(0, 20))
    expect(own.stdout).toContain(`Example: ${command.example}`)
  }
  for (const command of commands) {
    expect(command.example).toMatch(/^(echo .* \| )?corpus /)
    expect(command.does).toMatch(/^[A-Z].*\.$/s)
  }
})

test('without a word it helps; an unknown word is refused with what is near', async () => {
  const bare = await world.corpus()
  expect(bare.stdout).toContain('Usage: corpus')
  const typo = await world.corpus('depoly', name)
  expect(typo.status).toBe(2)
  expect(typo.stderr).toBe('corpus: Unknown command "depoly". Did you mean deploy? (USAGE)\n  See `corpus --help`.\n')
  expect((await world.corpus('status')).status).toBe(2)
  expect((await world.corpus('status', name, '--nonsense')).status).toBe(2)
  expect((await world.must('--version')).stdout.trim()).toBe(
    JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).version,
  )
})

test('answers for machines have the documented shapes', async () => {
  const commit = await world.ref(name, 'master')
  const status = await world.json('status', name)
  expect(Object.keys(status)).toEqual([
    'name',
    'mode',
    'installer',
    'state',
    'release',
    'release_name',
    'commit',
    'subject',
    'url',
    'silent_url',
    'certificate',
    'processes',
    'deployment',
  ])
  expect(status).toMatchObject({ name, mode: 'final', state: 'live', commit, processes: [], deployment: null })
  const releases = await world.json<Record<string, unknown>[]>('releases', name)
  expect(Object.keys(releases[0] ?? {})).toEqual([
    'release',
    'name',
    'status',
    'bundle',
    'commit',
    'subject',
    'author',
    'tags',
    'pillar_commit',
    'by',
    'started_at',
    'seconds',
    'current',
    'kept',
  ])
  const list = await world.json<Record<string, unknown>[]>('list')
  const { processes: _, ...rest } = status
  expect(list).toContainEqual(rest)
  const modes = await world.json<Record<string, Record<string, unknown>>>('modes')
  for (const mode of Object.values(modes))
    for (const row of Object.values(mode))
      expect(row === 'run' || typeof (row as { skip: string }).skip === 'string').toBe(true)
  const events = (await world.must('logs', name, '--json')).stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(events[0]).toMatchObject({ type: 'started', project: name })
  expect(events[events.length - 1]).toMatchObject({ type: 'ended', state: 'succeeded' })
  expect(await world.json('report', name)).toMatchObject({ name })
  expect(await world.json('config', 'get', name)).toMatchObject({ name, mode: 'final' })
})

test('an error says its code and a way out, to people and to machines', async () => {
  const people = await world.corpus('status', 'nobody')
  expect(people.status).toBe(4)
  expect(people.stdout).toBe('')
  expect(people.stderr).toMatch(/^corpus: There is no project nobody .*\(PROJECT_UNKNOWN\)\n {2}See `corpus list`/)
  const machines = await world.corpus('status', 'nobody', '--json')
  expect(machines.status).toBe(4)
  expect(JSON.parse(machines.stdout)).toMatchObject({ error: { code: 'PROJECT_UNKNOWN', wayOut: expect.any(String) } })
})

test('wrong words are told to machines, too, and so is a root that is none', async () => {
  for (const [words, code, status] of [
    [['status', '--json'], 'USAGE', 2],
    [['status', name, 'more', '--json'], 'USAGE', 2],
    [['list', '--nonsense', '--json'], 'USAGE', 2],
    [['depoly', name, '--json'], 'USAGE', 2],
    [['list', '--json', '--root', ''], 'ROOT_UNUSABLE', 6],
    [['list', '--json', '--root', 'below/here'], 'ROOT_UNUSABLE', 6],
    [['logs', name, '--json', '--lines', '5'], 'USAGE', 2],
    [['states', 'show', '--json', '--file-root', '.', '--cfg', '/'], 'USAGE', 2],
    [['deploy', name, '--json', '--set', 'nonsense'], 'SETTING_INVALID', 2],
    [['deploy', name, '--json', '--only', 'bulid'], 'PROCEDURE_UNKNOWN', 2],
    [['deploy', name, '--json', '--only', ''], 'USAGE', 2],
  ] as const) {
    const asked = await world.corpus(...words)
    expect([words, asked.status]).toEqual([words, status])
    expect(JSON.parse(asked.stdout)).toMatchObject({ error: { code, wayOut: expect.any(String) } })
    expect(asked.stderr).toContain(`(${code})`)
  }
})

test('a setting that is nearly one of corpus is refused; one that is saved is told with what it was', async () => {
  const slip = await world.corpus('config', 'set', name, 'keep_archive=5', 'colour=red')
  expect(slip).toMatchObject({ status: 4, stderr: expect.stringContaining('Did you mean keep_archives?') })
  expect(slip.stderr).toContain('data.keep_archive=5')
  expect((await world.corpus('config', 'get', name, 'colour')).status).toBe(4)
  expect(await world.corpus('init', uniqueName('slip'), '--set', 'drain_second=1')).toMatchObject({ status: 4 })
  const set = await world.must('config', 'set', name, 'keep_archives=5', 'colour=red', 'data.api_secret=hush')
  expect(set.stdout).toMatch(
    /^keep_archives is 5 \(was 3\)\ncolour is red \(new\)\ndata\.api_secret is \*+ \(new\)\nIt counts from the next deployment on: /,
  )
  const unset = await world.must('config', 'unset', name, 'keep_archives', 'colour', 'data.api_secret')
  expect(unset.stdout).toContain('keep_archives is 3 (was 5)\ncolour is not set any more (was red)\n')
})

test('a procedure that nobody knows is no failed deployment', async () => {
  const before = await world.json('releases', name)
  expect((await world.corpus('deploy', name, '--only', 'bulid')).stderr).toContain('Did you mean build?')
  expect(await world.json('releases', name)).toEqual(before)
})

test('the list of releases says which of them can be gone back to', async () => {
  const lines = (await world.must('releases', name)).stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^ +name +release +status +kept +commit/)
  const [kept, ...others] = lines.filter(line => / yes /.test(line))
  expect(others).toEqual([])
  expect(kept).toMatch(/^\* .* succeeded {2}yes /)
})

test('a root is the same one with a slash at its end', async () => {
  const found = await world.run([corpusCommand, 'doctor', '--json', '--root', `${world.root}/`])
  expect(JSON.parse(found.stdout)).toContainEqual(expect.objectContaining({ name: `hooks of ${name}`, ok: true }))
})

test('the help of a group of commands has an example, and none of its commands has a trace of how it is read', async () => {
  const groups = new Set(commands.filter(one => one.name.includes(' ')).map(one => one.name.split(' ')[0] ?? ''))
  for (const group of groups) {
    const { stdout } = await world.must(group, '--help')
    expect(stdout).toContain(`Example: corpus ${group} `)
    expect(stdout.slice(stdout.indexOf('Commands:'))).not.toContain('[options]')
  }
})

test('each procedure can be run alone, and going on with what runs', async () => {
  const before = await world.json('status', name)
  for (const procedure of [
    'trigger',
    'archive',
    'initialization',
    'reconfigure',
    'activate',
    'post_install',
    'notification',
  ]) {
    const ended = await world.corpus(procedure, name)
    expect([procedure, ended.status, ended.stderr]).toEqual([procedure, 0, ''])
    expect(ended.stdout).toContain(`  ${procedure}\n`)
  }
  const skipped = await world.corpus('build', name)
  expect(skipped.stdout).toContain('build: skipped, built once, in cooking')
  expect(await world.json('status', name)).toMatchObject({ state: 'live', commit: before['commit'] })
  const nothing = await world.corpus('upgrade', name)
  expect(nothing.status).toBe(3)
  expect(`${nothing.stdout}${nothing.stderr}`).toContain('UPGRADE_NOTHING')
})

test.runIf(process.getuid?.() === 0)('root finds its programs also with the PATH of an ordinary user', async () => {
  const other = uniqueName('plain')
  const run = (...words: string[]) => world.run([corpusCommand, ...words], { env: { PATH: '/usr/bin:/bin' } })
  expect(await run('init', other)).toMatchObject({ status: 0, stderr: '' })
  const gone = await run('destroy', other, '--confirm', other)
  expect(gone.stdout).toContain(`removed the user ${other}-user`)
})

test.runIf(process.getuid?.() === 0)('a user id that has no name has a corpus of its own', async () => {
  const folder = join(world.scratch, 'nameless')
  mkdirSync(folder)
  chmodSync(world.scratch, 0o755)
  chownSync(folder, 64_321, 64_321)
  const env = { HOME: folder, CORPUS_ROOT: folder, CORPUS_HOST: '192.0.2.7' }
  const own = (...words: string[]) =>
    world.run(['setpriv', '--reuid=64321', '--regid=64321', '--clear-groups', ...words], { env, cwd: folder })
  expect(await own(corpusCommand, 'init', 'nameless', '--mode', 'final')).toMatchObject({ status: 0, stderr: '' })
  expect((await own(corpusCommand, 'report', 'nameless')).stdout).toContain('Host corpus-192-0-2-7\n')
  const state = 'who:\n  cmd.run:\n    - name: echo {{ grains.username }} > {{ cfg.data_root }}/who\n'
  const script = `git init -q clone && cd clone && mkdir .salt && printf '%s' "$1" > .salt/configure.sls && git add .salt &&
    git -c user.name=x -c user.email=x@localhost commit -qm one && "$0" remote add nameless && git push corpus HEAD:master`
  expect(await own('sh', '-c', script, corpusCommand, state)).toMatchObject({ status: 0 })
  expect(readFileSync(join(folder, 'projects', 'nameless', 'data', 'who'), 'utf8')).toBe('64321\n')
  expect((await own(corpusCommand, 'destroy', 'nameless', '--confirm', 'nameless')).status).toBe(0)
})

test('a mode and an installer that are nearly right are told the right one', async () => {
  for (const [option, wrong, right] of [
    ['--mode', 'fianl', 'final'],
    ['--installer', 'nodjs', 'nodejs'],
  ] as const) {
    const refused = await world.corpus('init', uniqueName('typo'), option, wrong)
    expect(refused.stderr).toContain(`Did you mean ${right}?`)
    expect(refused.status).toBe(2)
  }
})

test('what init and remote add say about pushing deploys, also in a clone that was just made', async () => {
  const other = uniqueName('said')
  const { stdout } = await world.must('init', other, '--mode', 'final', '--set', 'deploy_branch=live')
  const push = / && (git push corpus HEAD:live)\n$/.exec(stdout)?.[1] ?? ''
  const clone = await world.clone(other, { 'index.html': 'x\n' })
  expect((await world.must('remote', 'add', other, '--folder', clone.folder)).stdout).toMatch(`now: ${push}\n`)
  const pushed = await world.run(push.split(' '), { cwd: clone.folder })
  expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('deployed in')])
})

test('a clone that lacks commits of the repository is told to pull them first', async () => {
  const other = uniqueName('behind')
  await world.must('init', other, '--mode', 'final')
  const folder = join(world.scratch, other)
  const git = (...words: string[]) => world.run(['git', '-C', folder, ...words])
  await world.run(['git', 'init', '-q', folder])
  const { stdout } = await world.must('remote', 'add', other, '--pillar', '--folder', folder)
  expect(stdout).toMatch(/; now: git pull --rebase corpus-pillar (\S+), git push corpus-pillar \S+\n$/)
  await git('pull', '--rebase', 'corpus-pillar', /--rebase corpus-pillar (\S+),/.exec(stdout)?.[1] ?? '')
  const later = await world.must('remote', 'add', other, '--pillar', '--folder', folder)
  expect(later.stdout).toMatch(/; now: git push corpus-pillar \S+\n$/)
})

test('where nothing was pushed, deploy refuses at once, and no release is lost', async () => {
  const other = uniqueName('empty')
  await world.must('init', other, '--mode', 'final')
  const refused = await world.corpus('deploy', other)
  expect([refused.status, refused.stdout]).toEqual([3, ''])
  expect(refused.stderr).toContain(`\`corpus report ${other}\``)
  const clone = await world.clone(other, { 'index.html': 'x' })
  expect((await clone.push()).stderr).toContain('; v1 runs')
})

test('a site without processes says so, and one procedure alone has no word of the others', async () => {
  expect((await world.must('ps', name)).stdout).toBe(`${name} has no processes.\n`)
  const { stdout } = await world.must('ps', name, 'restart')
  expect(stdout).toContain('  activate\n')
  expect(stdout).not.toContain('skipped')
})

test('a reader that goes away is no error', async () => {
  const ended = await world.run(['sh', '-c', `"$0" config get ${name} | head -c 10; "$0" --help | true`, corpusCommand])
  expect(ended.status).toBe(0)
  expect(ended.stderr).toBe('')
})

test('an answer that cannot be written is an error', async () => {
  const ended = await world.run(['sh', '-c', '"$0" list > /dev/full', corpusCommand])
  expect(ended).toMatchObject({ status: 6, stderr: expect.stringContaining('WRITE_FAILED') })
})

test('a folder in place of a file is told, and is no fault of corpus', async () => {
  expect(await world.corpus('keys', 'add', 'ann', '/', '--project', '*')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('KEY_INVALID'),
  })
})

test('a host name is taken out by the word that it was added by', async () => {
  expect(await world.json('domains', 'add', name, 'bücher.example')).toEqual(['xn--bcher-kva.example'])
  expect(await world.json('domains', 'remove', name, 'bücher.example')).toEqual([])
})

test('a terminal that can nothing is asked for nothing', async () => {
  writeFileSync(join(world.scratch, 'one.sls'), 'x:\n  test.nop: []\n')
  const command = `'${corpusCommand}' states apply --file-root '${world.scratch}' one`
  const ended = await world.run(['script', '-qec', command, '/dev/null'], { env: { TERM: 'dumb' } })
  expect(ended.stdout).toContain('1 unchanged')
  expect(ended.stdout).not.toContain('\x1b')
})

test('a root that is named by a link has the same supervisor', async () => {
  const link = join(world.scratch, 'link')
  symlinkSync(world.root, link)
  const other = uniqueName('linked')
  await world.must('init', other, '--mode', 'final', '--installer', 'procfile')
  expect((await (await world.clone(other, { Procfile: 'worker: exec sleep 1000\n' })).push()).status).toBe(0)
  const isBelow = (folder: string) => existsSync(folder) && realpathSync(folder).startsWith(realpathSync(world.root))
  const supervisors = () =>
    [...commandLines().values()].flatMap(([program, , folder = '']) =>
      program === 'runsvdir' && isBelow(folder) ? [folder] : [],
    )
  const before = supervisors()
  for (const root of [link, world.root]) {
    const { processes } = await world.json<{ processes: unknown[] }>('status', other, '--root', root)
    expect(processes).toMatchObject([{ name: 'worker.1', state: 'running' }])
  }
  expect(supervisors()).toEqual(before)
})
