/** What was pushed already, pushed once more: git has nothing to send, and the pusher is told what became of it all the same. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandLines } from '../support/processes.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let sshd: Sshd
beforeAll(async () => {
  world = makeWorld()
  sshd = await startSshd(join(world.scratch, 'sshd'), join(world.scratch, '.ssh', 'authorized_keys'))
  await world.run([corpusCommand, 'keys', 'add', 'ann', '-', '--project', '*', '--pillar'], { input: sshd.publicKey })
})
afterAll(async () => {
  sshd?.stop()
  await world.dispose()
})

const gated = (gate: string, end: string) =>
  `slow:\n  cmd.run:\n    - name: "touch ${gate}.began; while [ ! -e ${gate} ]; do sleep 0.05; done; ${end}"\n`

const isFollowed = (name: string) =>
  eventually('somebody follows', () =>
    [...commandLines().values()].some(
      ([, script, , , project, , hook]) => script?.endsWith('/hook.pl') && project === name && hook === 'again',
    ),
  )

/** Begins a push and ends it as Ctrl-C does, in the middle of its deployment. */
async function interrupted(clone: Clone, to: string, gate: string, env: NodeJS.ProcessEnv): Promise<string> {
  const pusher = spawn('git', ['-C', clone.folder, 'push', to, 'HEAD:master'], {
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  pusher.stderr.on('data', piece => {
    said += piece
  })
  const ended = new Promise(resolve => pusher.on('close', resolve))
  await eventually('the deployment is under way', () => existsSync(`${gate}.began`))
  process.kill(-(pusher.pid as number), 'SIGINT')
  await ended
  return said
}

describe.each(['a local path', 'ssh'] as const)('over %s', transport => {
  const start = async (word: string) => {
    const name = uniqueName(word)
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    const to = transport === 'ssh' ? `ssh://${sshd.user}@127.0.0.1:${sshd.port}/${name}` : 'corpus'
    const env = { ...world.env, GIT_SSH_COMMAND: sshd.command }
    const push = (...words: string[]) => world.run(['git', '-C', clone.folder, 'push', ...words], { env })
    return { name, clone, to, env, push, gate: join(world.scratch, name) }
  }

  test('who pressed Ctrl-C follows by pushing again, and ends as the deployment does', async () => {
    const { name, clone, to, env, push, gate } = await start('follow')
    await clone.commit({ '.salt/configure.sls': gated(gate, 'echo now it ends') })
    const said = await interrupted(clone, to, gate, env)
    if (transport === 'a local path') expect(said).toContain('the deployment goes on; push again to follow it')
    const again = push(to, 'HEAD:master')
    // What has something to send is not held up by it.
    expect((await push(to, 'HEAD:side')).status).toBe(0)
    expect((await push('-o', 'no-deploy', to, 'HEAD:refs/tags/v1')).status).toBe(0)
    await isFollowed(name)
    writeFileSync(gate, '')
    const { status, stderr } = await again
    expect([status, stderr]).toEqual([0, expect.stringContaining('is being deployed already; this follows it')])
    expect(stderr).toContain('deployed in')
    const quiet = await push(to, 'HEAD:master')
    expect([quiet.status, quiet.stderr]).toEqual([0, 'Everything up-to-date\n'])
  })

  test('one that fails meanwhile ends so for who follows; pushed once more, it is tried again', async () => {
    const { name, clone, to, env, push, gate } = await start('fails')
    expect((await push(to, 'HEAD:master')).status).toBe(0)
    await clone.commit({ 'index.html': 'two\n', '.salt/configure.sls': gated(gate, `test -e ${gate}.right`) })
    await interrupted(clone, to, gate, env)
    const again = push(to, 'HEAD:master')
    await isFollowed(name)
    writeFileSync(gate, '')
    const { status, stderr } = await again
    expect([status, stderr]).toEqual([1, expect.stringContaining('ROLLED BACK')])
    expect(stderr).not.toContain('up-to-date')
    writeFileSync(`${gate}.right`, '')
    const once = await push(to, 'HEAD:master')
    expect([once.status, once.stderr]).toEqual([0, expect.stringContaining('deployed in')])
  })

  test('what is stored alone, or was never begun, is said to be that, with the way out', async () => {
    const { name, clone, to, push } = await start('stored')
    expect((await push('-o', 'no-deploy', to, 'HEAD:master')).status).toBe(0)
    const first = await push(to, 'HEAD:master')
    expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('nothing runs')])
    expect(first.stderr).toContain(`\`corpus deploy ${name}\` deploys it`)
    await world.must('deploy', name)
    expect((await push(to, 'HEAD:master')).stderr).toBe('Everything up-to-date\n')
    await clone.commit({ 'index.html': 'two\n' })
    expect((await push('-o', 'no-deploy', to, 'HEAD:master')).status).toBe(0)
    expect((await push(to, 'HEAD:master')).stderr).toContain('another release runs')
  })
})

test('the pillar is followed the same way', async () => {
  const name = uniqueName('pillar')
  const gate = join(world.scratch, name)
  await world.must('init', name, '--mode', 'final')
  const step = gated(gate, 'true')
  const clone = await world.clone(name, {
    '.salt/reconfigure.sls': `{% if cfg.data.get('colour') %}\n${step}{% endif %}\n`,
  })
  expect((await clone.push()).status).toBe(0)
  const pillar = await world.clonePillar(name)
  await pillar.commit({ 'init.sls': `makina-projects.${name}:\n  data: {colour: red}\n` })
  await interrupted(pillar, 'corpus-pillar', gate, world.env)
  const again = pillar.push()
  await isFollowed(name)
  writeFileSync(gate, '')
  expect(await again).toMatchObject({ status: 0, stderr: expect.stringContaining('deployed in') })
  expect(readFileSync(world.path(name, 'pillar', 'init.sls'), 'utf8')).toContain('red')
})

test('a branch that does not deploy is told with the one that does here', async () => {
  const name = uniqueName('other')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push('corpus', 'HEAD:main')).status).toBe(0)
  const { stderr } = await clone.push('corpus', 'HEAD:prod')
  expect(stderr).toContain('a push of main deploys: git push REMOTE HEAD:main (or master)')
})

test('locks that a git left when it was killed stop no push and no rollback; one that somebody holds is not taken', async () => {
  const name = uniqueName('locked')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  const repository = world.path(name, 'git', 'project.git')
  const leave = () => {
    for (const lock of ['refs/heads/master.lock', 'HEAD.lock', 'packed-refs.lock'])
      writeFileSync(join(repository, lock), '')
  }
  leave()
  await clone.commit({ 'index.html': 'two\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  leave()
  await world.must('rollback', name)
  expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe('one\n')
  const first = await world.ref(name, 'master')
  leave()
  await clone.git('reset', '-q', '--hard', first)
  await clone.commit({ '.salt/post_install.sls': 'bad:\n  cmd.run:\n    - name: "false"\n' })
  expect((await clone.push()).status).toBe(1)
  expect(await world.ref(name, 'master')).toBe(first)

  const holder = spawn('git', ['update-ref', '--stdin'], {
    cwd: repository,
    env: { ...world.env, GIT_DIR: repository },
  })
  try {
    let said = ''
    holder.stdout.on('data', piece => {
      said += piece
    })
    holder.stdin.write(`start\nupdate refs/heads/master ${first}\nprepare\n`)
    await eventually('it holds the lock', () => said.includes('prepare: ok'))
    await clone.git('reset', '-q', '--hard', first)
    await clone.commit({ 'index.html': 'three\n' })
    const refused = await clone.push()
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot lock ref') })
    expect(await world.ref(name, 'master')).toBe(first)
    const ended = new Promise(resolve => holder.on('close', resolve))
    holder.stdin.end('abort\n')
    await ended
    expect(await clone.push()).toMatchObject({ status: 0 })
  } finally {
    holder.kill('SIGKILL')
  }
})
