/** A push whose runner cannot start: the branch is what it was, pushed again it deploys, and what waits is served by whoever comes next. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, eventually, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

/** A package of its own, whose `dist` can be missing as in the middle of an upgrade. */
function ownPackage(): string {
  const own = join(world.scratch, uniqueName('package'))
  mkdirSync(join(own, 'scripts'), { recursive: true })
  cpSync(join(home, 'scripts', 'corpus'), join(own, 'scripts', 'corpus'))
  cpSync(join(home, 'package.json'), join(own, 'package.json'))
  cpSync(join(home, 'dist'), join(own, 'dist'), { recursive: true, filter: path => !path.includes('.compile-cache') })
  for (const folder of ['src', 'installers', 'node_modules']) symlinkSync(join(home, folder), join(own, folder))
  return own
}

test('the branch goes back, the request goes away, and the same push deploys once a runner can start', async () => {
  const name = uniqueName('half')
  const own = ownPackage()
  const corpus = join(own, 'scripts', 'corpus')
  expect((await world.run([corpus, 'init', name, '--mode', 'final', '--installer', 'generic'])).status).toBe(0)
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  const first = async (kind: 'new' | 'moved') => {
    const before = await world.ref(name, 'master')
    // In the middle of an upgrade: refused before anything moves.
    renameSync(join(own, 'dist'), join(own, 'away'))
    const early = await clone.push()
    renameSync(join(own, 'away'), join(own, 'dist'))
    expect([kind, early.status, early.stderr]).toEqual([kind, 1, expect.stringContaining('main.cjs is not there')])
    expect(await world.ref(name, 'master')).toBe(before)
    // No memory for a runner, or half a package: that is known only afterwards.
    const program = join(own, 'dist', 'main.cjs')
    renameSync(program, join(own, 'dist', 'whole.cjs'))
    writeFileSync(
      program,
      "if (process.argv[2] === 'runner') { console.error('corpus: no memory'); process.exit(9) }\nrequire('./whole.cjs')\n",
    )
    const pushed = await clone.push()
    renameSync(join(own, 'dist', 'whole.cjs'), program)
    expect([kind, pushed.status]).toEqual([kind, 1])
    expect(pushed.stderr).toContain('The runner does not start. It said: corpus: no memory')
    expect(pushed.stderr).toContain('Nothing was deployed, and master is what it was: push again.')
    expect(await world.ref(name, 'master')).toBe(before)
    expect(readdirSync(world.path(name, 'deployments', 'queue'))).toEqual([])
    const again = await clone.push()
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('deployed in')])
  }
  await first('new')
  await clone.commit({ 'index.html': 'two\n' })
  await first('moved')
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('two\n')
})

test('what an editor or a monitor puts into the environment of Node is nothing to a deployment', async () => {
  const name = uniqueName('options')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { '.salt/configure.sls': 'x:\n  test.nop: []\n' })
  const env = { NODE_OPTIONS: '--require /nowhere/bootloader.js', NODE_PATH: '/nowhere' }
  const pushed = await world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], { env })
  expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('deployed in')])
  expect((await world.run([corpusCommand, 'status', name], { env })).status).toBe(0)
})

/** As a hook leaves it whose pusher went away while no runner could start. */
async function leaveRequest(name: string, text: string): Promise<void> {
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': text })
  await clone.push('-o', 'no-deploy', 'corpus', 'HEAD:master')
  const release = '20261130T195854878Z-b6753c9c-eb09-4b57-bf95-e3590bb8a724'
  const commit = await world.ref(name, 'master')
  mkdirSync(world.path(name, 'deployments', 'queue'), { recursive: true })
  mkdirSync(world.path(name, 'deployments', release))
  writeFileSync(world.path(name, 'deployments', release, 'output.log'), '')
  writeFileSync(
    world.path(name, 'deployments', 'queue', release),
    JSON.stringify({ release, kind: 'push', by: 'ann', branch: 'master', before: null, commit }),
  )
}

const page = (name: string) => {
  const file = world.path(name, 'project', 'index.html')
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

test('what waits in the line and nobody serves is begun by the next command', async () => {
  const name = uniqueName('waits')
  await leaveRequest(name, 'left\n')
  await eventually('a command has begun it', async () => {
    await world.must('status', name)
    return page(name) === 'left\n'
  })
})

test('an agent begins it, too', async () => {
  const name = uniqueName('agent')
  await leaveRequest(name, 'left\n')
  await new Promise(resolve => setTimeout(resolve, 2100))
  const agent = world.run(['timeout', '60', corpusCommand, 'agent'])
  await eventually('the agent has begun it', () => page(name) === 'left\n')
  await eventually('it has ended', () => !existsSync(world.path(name, 'deployments', 'running')))
  await world.run([
    join(home, 'node_modules', '.bin', 'node'),
    '-e',
    `require('net').connect('${world.root}/corpus/agent.sock', function () { this.write('stop\\n') }).on('data', () => process.exit(0))`,
  ])
  expect((await agent).status).toBe(0)
})

test.each(['project', 'pillar'] as const)(
  'a git that dies when it has moved the branch of the %s leaves it moved for nobody: pushed again, it deploys',
  async kind => {
    const name = uniqueName('dies')
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    const pushing = kind === 'project' ? clone : await world.clonePillar(name)
    const before = await world.ref(name, 'master', kind)
    await pushing.commit({ 'init.sls': `makina-projects.${name}:\n  data: {colour: red}\n` })
    // In the place of the hook: the branch has moved, and git is gone before anybody was asked.
    const hook = world.path(name, 'git', `${kind}.git`, 'hooks', 'post-receive')
    renameSync(hook, `${hook}.ours`)
    writeFileSync(hook, '#!/bin/sh\nkill -9 $PPID\n', { mode: 0o755 })
    const remote = kind === 'project' ? 'corpus' : 'corpus-pillar'
    const pushed = await pushing.push(remote, 'HEAD:master')
    renameSync(`${hook}.ours`, hook)
    expect(pushed.status).not.toBe(0)
    await world.must('status', name)
    await eventually('the branch is back', async () => (await world.ref(name, 'master', kind)) === before)
    const again = await pushing.push(remote, 'HEAD:master')
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('deployed in')])
    await world.run(['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true'])
    expect(readdirSync(world.path(name, 'deployments')).filter(one => /^(soon|moving)\./.test(one))).toEqual([])
  },
)

test.each(['project', 'pillar'] as const)(
  'without a Perl that starts, a push to the %s fails before or after its branch moved, and pushed again it deploys',
  async kind => {
    const name = uniqueName('perl')
    const own = ownPackage()
    // Its hooks call a Perl of its own, which can be broken.
    const hooks = join(own, 'src', 'hooks')
    rmSync(join(own, 'src'))
    mkdirSync(join(own, 'src'))
    for (const folder of readdirSync(join(home, 'src')))
      if (folder !== 'hooks') symlinkSync(join(home, 'src', folder), join(own, 'src', folder))
    cpSync(join(home, 'src', 'hooks'), hooks, { recursive: true })
    const perl = join(own, 'perl')
    const change = (file: string) =>
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/usr/bin/perl', perl), { mode: 0o755 })
    change(join(hooks, 'post-receive.sh'))
    symlinkSync('/usr/bin/perl', perl)
    expect(
      (await world.run([join(own, 'scripts', 'corpus'), 'init', name, '--mode', 'final', '--installer', 'generic']))
        .status,
    ).toBe(0)
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    const pushing = kind === 'project' ? clone : await world.clonePillar(name)
    const remote = kind === 'project' ? 'corpus' : 'corpus-pillar'
    const receive = join(hooks, 'receive-pack')
    await pushing.git('config', `remote.${remote}.receivepack`, receive)
    const before = await world.ref(name, 'master', kind)
    await pushing.commit({ 'init.sls': `makina-projects.${name}:\n  data: {colour: red}\n` })
    const broken = async (put: () => void, said: string) => {
      rmSync(perl)
      put()
      const pushed = await pushing.push(remote, 'HEAD:master')
      rmSync(perl, { force: true })
      symlinkSync('/usr/bin/perl', perl)
      expect([said, pushed.status, pushed.stderr]).toEqual([said, 1, expect.stringContaining(said)])
      expect(await world.ref(name, 'master', kind)).toBe(before)
    }
    const late = 'nothing was deployed, and master is what it was: push again'
    await broken(() => {}, late)
    await broken(() => writeFileSync(perl, '#!/nowhere/interpreter\n', { mode: 0o755 }), late)
    await broken(() => writeFileSync(perl, 'not executable', { mode: 0o644 }), late)
    await broken(() => writeFileSync(perl, '#!/bin/sh\nexit 127\n', { mode: 0o755 }), late)
    const early = world.path(name, 'git', `${kind}.git`, 'hooks', 'pre-receive')
    change(early)
    await broken(() => {}, 'pre-receive')
    const again = await pushing.push(remote, 'HEAD:master')
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining('deployed in')])
    expect(readdirSync(world.path(name, 'deployments')).filter(one => one.startsWith('moving.'))).toEqual([])
  },
)
