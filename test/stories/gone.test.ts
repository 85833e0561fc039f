/** The connection carries only a view: a pusher who is killed in the middle stops nothing, however much the build prints. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statusOf } from '../support/applications.ts'
import { commandLines } from '../support/processes.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

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

/** Processes of the project's hooks and of the git that called them. */
const watching = (name: string) => processes(line => line.includes(`${name}/git/`) && /receive|hooks/.test(line))

const processes = (wanted: (line: string) => boolean) =>
  [...commandLines()].map(([pid, words]) => `${pid} ${words.join(' ')}`).filter(wanted)

test.concurrent('a pusher who does not read for a while is told of the failure all the same', async () => {
  const name = uniqueName('stalled')
  await world.must('init', name, '--mode', 'final')
  const began = join(world.scratch, 'began-stalled')
  const clone = await world.clone(name, {
    '.salt/configure.sls': `fails:\n  cmd.run:\n    - name: "touch ${began}; sleep 1; head -c 2000000 /dev/zero | tr '\\\\0' x | fold -w 100; sleep 12; false"\n`,
  })
  const pusher = spawn('git', ['-C', clone.folder, 'push', 'corpus', 'HEAD:master'], {
    env: world.env,
    stdio: 'ignore',
  })
  const ended = new Promise(resolve => pusher.on('exit', resolve))
  await eventually('the build has begun', () => existsSync(began))
  pusher.kill('SIGSTOP')
  await eventually('the deployment has ended', async () =>
    (await world.must('logs', name)).stdout.includes('ROLLED BACK'),
  )
  pusher.kill('SIGCONT')
  expect(await ended).not.toBe(0)
})

test.concurrent('a hook that is killed leaves no push that seems to have ended well', async () => {
  const name = uniqueName('hook')
  await world.must('init', name, '--mode', 'final')
  const began = join(world.scratch, 'began-hook')
  const gate = `${began}-gate`
  const clone = await world.clone(name, {
    '.salt/configure.sls': `slow:\n  cmd.run:\n    - name: "touch ${began}; while [ ! -e ${gate} ]; do sleep 0.1; done"\n`,
  })
  const pushing = clone.push()
  await eventually('the build has begun', () => existsSync(began))
  const hooks = processes(line => line.includes(` ${name} project post-receive`))
  expect(hooks).toHaveLength(1)
  process.kill(Number.parseInt(hooks[0] ?? '', 10), 'SIGKILL')
  const pushed = await pushing
  expect(pushed.status).toBe(1)
  expect(pushed.stderr).toContain('no word came that the deployment ended well')
  writeFileSync(gate, '')
  await eventually('it ended well all the same', async () => (await statusOf(world, name)).state === 'live')
})

describe.concurrent.each(['a local path', 'ssh'] as const)('over %s', transport => {
  test.concurrent.each([
    ['prints nothing', 0],
    ['prints 300 KB', 300_000],
    ['prints 1 MB', 1_000_000],
  ])('a build that %s goes on to its end when the pusher is killed', async (_, bytes) => {
    const name = uniqueName('gone')
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    const began = join(world.scratch, `began-${transport}-${bytes}`.replaceAll(' ', ''))
    const gate = `${began}-gate`
    const print = `head -c ${bytes} /dev/zero | tr '\\\\0' x | fold -w 100`
    const commit = await clone.commit({
      'index.html': `bytes ${bytes}\n`,
      '.salt/configure.sls': `slow:\n  cmd.run:\n    - name: "touch ${began}; while [ ! -e ${gate} ]; do sleep 0.1; done; ${print}"\n`,
      '.salt/010_after.sls': `after:\n  cmd.run:\n    - name: "${print}"\n`,
    })
    const url = transport === 'ssh' ? `ssh://${sshd.user}@127.0.0.1:${sshd.port}/${name}` : 'corpus'
    const env = { ...world.env, GIT_SSH_COMMAND: sshd.command }
    const pusher = spawn('git', ['-C', clone.folder, 'push', url, 'HEAD:master'], {
      env,
      detached: true,
      stdio: 'ignore',
    })
    await eventually('the build has begun', () => existsSync(began))
    process.kill(-(pusher.pid as number), 'SIGKILL')
    writeFileSync(gate, '')
    await eventually('the deployment has ended well', async () => {
      const status = await world.json<{ state: string; commit: string }>('status', name)
      return status.state === 'live' && status.commit === commit
    })
    expect(readFileSync(world.path(name, 'project', 'index.html'), 'utf8')).toBe(`bytes ${bytes}\n`)
    const log = (await world.must('logs', name)).stdout
    expect(log).toContain('deployed in')
    expect(log.length).toBeGreaterThan(2 * bytes)
    await eventually('nobody looks on any more', () => watching(name).length === 0)
    const lock = ['flock', '-n', world.path(name, 'deployments', 'lock'), 'true']
    await eventually('the lock is free', async () => (await world.run(lock)).status === 0)
    // And the next push is served as ever.
    await clone.commit({ '.salt/configure.sls': null, '.salt/010_after.sls': null })
    expect((await clone.push()).status).toBe(0)
  })
})
