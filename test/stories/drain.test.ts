/** What is still busy when a release takes over: it ends behind the push, and whatever comes meanwhile copes with it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, type Status, statusOf } from '../support/applications.ts'
import { load } from '../support/ingress.ts'
import { type Clone, eventually, makeWorld, processesWith, uniqueName, type World } from '../support/world.ts'

/** `/hold` is answered when the file `go` is there. */
const server = (release: string) => `
const { existsSync } = require('node:fs')
const server = require('node:http').createServer((request, response) => {
  const end = () => response.end(JSON.stringify({ release: '${release}', pid: process.pid }))
  if (request.url !== '/hold') return end()
  const timer = setInterval(() => { if (existsSync(process.env.GO)) { clearInterval(timer); end() } }, 20)
}).listen(process.env.PORT, '127.0.0.1')
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections() })
`

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

interface Answer {
  readonly release: string
  readonly pid: number
}

async function project(word: string, ...settings: string[]) {
  const name = uniqueName(word)
  const go = join(world.scratch, `${name}-go`)
  await world.must(
    'init',
    name,
    '--mode',
    'final',
    '--installer',
    'nodejs',
    '--set',
    `environment.GO=${go}`,
    ...settings,
  )
  const clone = await world.clone(name, {
    'package.json': '{"scripts":{"start":"node server.js"}}',
    'server.js': server('one'),
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  return { name, clone, go }
}

/** A request that is on its way, and whether it was answered. */
async function held(name: string) {
  const { url } = await statusOf(world, name)
  const request = { answered: false, answer: null as Promise<Answer> | null }
  request.answer = fetch(`${url}hold`).then(response => response.json() as Promise<Answer>)
  request.answer.then(
    () => {
      request.answered = true
    },
    () => {},
  )
  // It is there once nginx has a connection to the process.
  await new Promise(done => setTimeout(done, 300))
  return request
}

const pushTwo = async (clone: Clone, release = 'two') => {
  await clone.commit({ 'server.js': server(release) })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  return pushed
}
const lives = (pid: number) => existsSync(`/proc/${pid}`)

test('a push ends although somebody is still connected to the release before, and the log tells when that has ended', async () => {
  const { name, clone, go } = await project('behind')
  const before = await answerOf<Answer>(world, name)
  const request = await held(name)
  await pushTwo(clone)
  expect(request.answered).toBe(false)
  expect((await answerOf<Answer>(world, name)).release).toBe('two')
  const { processes, release } = await statusOf(world, name)
  expect(processes).toMatchObject([{ name: 'web.1', state: 'running' }])
  writeFileSync(go, '')
  expect(await request.answer).toEqual({ release: 'one', pid: before.pid })
  await eventually('the old process is gone', () => !lives(before.pid))
  await eventually('the log tells of it', () =>
    /stopped web\.1/.test(readFileSync(world.path(name, 'deployments', release, 'output.log'), 'utf8')),
  )
})

test('going back meanwhile finds the old process still there, and it stays', async () => {
  const { name, clone, go } = await project('back')
  const before = await answerOf<Answer>(world, name)
  const request = await held(name)
  await pushTwo(clone)
  await world.must('rollback', name)
  expect(await answerOf<Answer>(world, name)).toEqual(before)
  expect(request.answered).toBe(false)
  writeFileSync(go, '')
  expect(await request.answer).toEqual(before)
  // Whoever waited for its end has seen that nobody is connected, and leaves it alone.
  await new Promise(done => setTimeout(done, 500))
  expect(await answerOf<Answer>(world, name)).toEqual(before)
  expect(readdirSync(join(world.root, 'corpus/runit/service', await instanceOf(name))).join()).not.toContain('leaving')
})

const instanceOf = async (name: string) =>
  eventually('one instance is left', () => {
    const own = readdirSync(join(world.root, 'corpus/runit/service')).filter(one => one.startsWith(`${name}.`))
    return own.length === 1 && own[0]
  })

test('another push meanwhile takes its turn, and a project is destroyed although somebody is connected', async () => {
  const { name, clone } = await project('next')
  const before = await answerOf<Answer>(world, name)
  const request = await held(name)
  await pushTwo(clone)
  await pushTwo(clone, 'three')
  expect((await answerOf<Answer>(world, name)).release).toBe('three')
  expect([request.answered, lives(before.pid)]).toEqual([false, true])
  await world.must('destroy', name, '--confirm', name)
  expect(lives(before.pid)).toBe(false)
  await expect(request.answer).rejects.toThrow()
  expect(
    readdirSync(join(world.root, 'corpus')).includes('runit')
      ? readdirSync(join(world.root, 'corpus/runit/service')).filter(one => one.startsWith(`${name}.`))
      : [],
  ).toEqual([])
})

test('drain: wait waits for the last visitor', async () => {
  const { name, clone, go } = await project('wait', '--set', 'drain=wait')
  const request = await held(name)
  await clone.commit({ 'server.js': server('two') })
  const pushing = clone.push()
  let pushed = false
  void pushing.then(() => {
    pushed = true
  })
  await eventually('two answers', async () => (await answerOf<Answer>(world, name)).release === 'two')
  await new Promise(done => setTimeout(done, 500))
  expect([pushed, request.answered]).toEqual([false, false])
  writeFileSync(go, '')
  expect((await request.answer)?.release).toBe('one')
  expect((await pushing).status).toBe(0)
})

test('a runner that dies right after traffic was moved: whoever takes it back lets nobody see it', async () => {
  const { name, clone } = await project('moved')
  const status = await statusOf(world, name)
  await clone.commit({ 'server.js': server('two') })
  const asking = load({ httpPort: Number(new URL(status.url ?? '').port) }, 'localhost')
  const push = await world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], {
    env: { CORPUS_DIE_AT: 'traffic:done' },
  })
  expect(push.status).not.toBe(0)
  const after = await eventually<Status | false>('it is taken back', async () => {
    const now = await statusOf(world, name)
    return now.state !== 'deploying' && now
  })
  expect(after).toMatchObject({ state: 'live' })
  expect((await answerOf<Answer>(world, name)).release).toBe('one')
  const { failures, good, answers } = await asking.stop()
  expect(failures).toEqual([])
  expect([...answers.keys()].map(text => JSON.parse(text).release)).toEqual(expect.arrayContaining(['one', 'two']))
  expect(good).toBeGreaterThan(10)
})

test('the same of a site that is served from files', async () => {
  const name = uniqueName('files')
  await world.must('init', name, '--mode', 'final', '--installer', 'static')
  const clone = await world.clone(name, { 'index.html': 'one' })
  expect((await clone.push()).status).toBe(0)
  const { url } = await statusOf(world, name)
  await clone.commit({ 'index.html': 'two' })
  const asking = load({ httpPort: Number(new URL(url ?? '').port) }, 'localhost')
  const push = await world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], {
    env: { CORPUS_DIE_AT: 'activate:done' },
  })
  expect(push.status).not.toBe(0)
  await eventually('it is taken back', async () => (await statusOf(world, name)).state !== 'deploying')
  const { failures, answers } = await asking.stop()
  expect(failures).toEqual([])
  expect([...answers.keys()]).toEqual(expect.arrayContaining(['one', 'two']))
  expect(await (await fetch(url ?? '')).text()).toBe('one')
})

test('what a runner was to end behind its verdict, and outlived it, is ended by the next command', async () => {
  const { name, clone } = await project('outlives', '--set', 'drain_seconds=1')
  const before = await answerOf<Answer>(world, name)
  await world.run(['flock', '--wait', '20', world.path(name, 'deployments', 'lock'), 'true'])
  const visitor = await held(name)
  await clone.commit({ 'server.js': server('two') })
  const log = join(world.path(name), 'deployments')
  const pushing = clone.push()
  // The runner goes on behind the verdict: it waits for the visitor.
  const runner = await eventually('the old process is to go', () => {
    const release =
      readdirSync(log)
        .filter(one => /^\d{8}T/.test(one))
        .sort()
        .at(-1) ?? ''
    const text = existsSync(join(log, release, 'output.log'))
      ? readFileSync(join(log, release, 'output.log'), 'utf8')
      : ''
    return text.includes('deployed in') && processesWith(`--root=${world.root}`).find(pid => isRunner(pid, name))
  })
  process.kill(runner, 'SIGKILL')
  expect((await pushing).status).toBe(0)
  expect(lives(before.pid)).toBe(true)
  await eventually('the old one is gone', async () => (await world.must('status', name)) && !lives(before.pid), 40)
  await visitor.answer?.catch(() => {})
  expect((await answerOf<Answer>(world, name)).release).toBe('two')
})

function isRunner(pid: number, name: string): boolean {
  return (
    / runner /.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')) &&
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(name)
  )
}
