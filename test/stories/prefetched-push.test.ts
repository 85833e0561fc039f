// With an agent: a runner begins before the refs move, and takes it back where they do not.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let agent: ChildProcess
let clone: Clone
const name = uniqueName('soon')
const page = () => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')
const preparedTree = (...path: string[]) => world.path(name, 'corpus', 'spare', ...path)
const deployments = () => readdirSync(world.path(name, 'deployments'))
const hookFile = () => world.path(name, 'git', 'project.git', 'hooks', 'reference-transaction')
const scratch = (file: string) => join(world.scratch, file)

async function startAgent(): Promise<void> {
  agent = spawn(corpusCommand, ['agent', `--root=${world.root}`], { env: world.env, stdio: 'ignore' })
  await eventually('the agent listens', () => existsSync(join(world.root, 'corpus', 'agent.sock')))
  await eventually('runners wait', async () => (await waitingRunners()).length === 2)
}

const waitingRunners = async () =>
  (await world.run(['pgrep', '-f', `runner --warm --root=${world.root}`])).stdout.split('\n').filter(Boolean)

/** What git does when everything has been let pass and the refs are about to move. */
function beforeTheRefsMove(script: string): void {
  writeFileSync(hookFile(), `#!/bin/sh\n[ "$1" = prepared ] || exit 0\n${script}\n`)
  chmodSync(hookFile(), 0o755)
}

const preparedTreeIsReady = () =>
  eventually('a copy is ready', () => existsSync(preparedTree('copy-of')) && deployments().includes('next'))

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
  await startAgent()
  expect(await clone.push()).toMatchObject({ status: 0 })
})
afterEach(() => rmSync(hookFile(), { force: true }))
afterAll(async () => {
  agent.kill('SIGTERM')
  await world.dispose()
})

test('the prepared copy stands at the commit before any ref has moved', async () => {
  await preparedTreeIsReady()
  await clone.commit({ 'index.html': 'two\n' })
  const seen = scratch('seen')
  beforeTheRefsMove(
    `n=0; while [ $n -lt 200 ]; do grep -q two '${preparedTree('project', 'index.html')}' && { echo yes > '${seen}'; exit 0; }; n=$((n+1)); sleep 0.05; done`,
  )
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(readFileSync(seen, 'utf8')).toBe('yes\n')
  expect(page()).toBe('two\n')
  expect(deployments().filter(one => one.startsWith('soon.'))).toEqual([])
})

test('a push of many objects, which git keeps packed, is deployed as well', async () => {
  await preparedTreeIsReady()
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`many/${at}.txt`, `${at}\n`]))
  await clone.commit({ ...many, 'index.html': 'three\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(page()).toBe('three\n')
  expect(readdirSync(world.path(name, 'project', 'many'))).toHaveLength(150)
})

test('where git itself refuses the push, everything is as before, and the next one deploys', async () => {
  await preparedTreeIsReady()
  const bare = world.path(name, 'git', 'project.git')
  await world.run(['git', '-C', bare, 'config', 'receive.denyNonFastForwards', 'true'])
  const before = (await world.run(['git', '-C', clone.folder, 'rev-parse', 'HEAD'])).stdout.trim()
  writeFileSync(join(clone.folder, 'index.html'), 'refused\n')
  await world.run(['git', '-C', clone.folder, 'commit', '--amend', '-qam', 'another'])
  const refused = await clone.push('--force', 'corpus', 'HEAD:master')
  expect(refused.status).not.toBe(0)
  expect(refused.stderr).toContain('non-fast-forward')
  await preparedTreeIsReady()
  expect(JSON.parse(readFileSync(preparedTree('copy-of'), 'utf8'))).toMatchObject({ commit: before })
  expect(readFileSync(preparedTree('project', 'index.html'), 'utf8')).toBe('three\n')
  expect(deployments().filter(one => one.startsWith('soon.'))).toEqual([])
  expect(await world.json('status', name)).toMatchObject({ commit: before, deployment: null })
  await world.run(['git', '-C', bare, 'config', 'receive.denyNonFastForwards', 'false'])
  await clone.commit({ 'index.html': 'four\n' })
  expect(await clone.push('--force', 'corpus', 'HEAD:master')).toMatchObject({ status: 0 })
  expect(page()).toBe('four\n')
})

test('another request that comes meanwhile is served, and then the push', async () => {
  await preparedTreeIsReady()
  await clone.commit({ 'index.html': 'five\n' })
  const [held, go] = [scratch('held'), scratch('go')]
  beforeTheRefsMove(`touch '${held}'; while [ ! -e '${go}' ]; do sleep 0.05; done`)
  const pushing = clone.push()
  await eventually('git waits', () => existsSync(held))
  expect(await world.corpus('deploy', name)).toMatchObject({ status: 0 })
  expect(page()).toBe('four\n')
  rmSync(hookFile())
  writeFileSync(go, '')
  expect(await pushing).toMatchObject({ status: 0 })
  expect(page()).toBe('five\n')
})

test('runners and agent that are killed before the request comes are replaced', async () => {
  for (const [text, victims] of [
    ['six\n', `pkill -KILL -f 'runner --warm --root=${world.root}'`],
    ['seven\n', `pkill -KILL -f -- '(agent|runner --warm) --root=${world.root}'`],
  ] as const) {
    await eventually('runners wait', async () => (await waitingRunners()).length === 2)
    await clone.commit({ 'index.html': text })
    beforeTheRefsMove(`${victims}; exit 0`)
    expect(await clone.push()).toMatchObject({ status: 0 })
    expect(page()).toBe(text)
  }
  rmSync(hookFile())
  await startAgent()
  await clone.commit({ 'index.html': 'eight\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(page()).toBe('eight\n')
})

/** Kills whoever stands ready to answer the hook of a push, and says how many that were. */
const killAnswerer = (count: string) =>
  [
    `for fd in $(find /proc/[0-9]*/fd -lname '${world.path(name, 'deployments')}/*/call' 2> /dev/null)`,
    // The hook itself has it open, too.
    'do pid=${fd#/proc/}; pid=${pid%%/*}; [ "$(cat /proc/$pid/comm)" = perl ] || continue',
    `kill -KILL $pid && echo killed >> '${count}'; done`,
  ].join('; ')

test('who was to answer the hook is killed before it calls: the hook does the work itself', async () => {
  await preparedTreeIsReady()
  await clone.commit({ 'index.html': 'nine\n' })
  const count = scratch('before')
  // It opens its pipe at the same time as git gets here.
  beforeTheRefsMove(
    `n=0; while [ ! -e '${count}' ] && [ $n -lt 100 ]; do ${killAnswerer(count)}; n=$((n+1)); sleep 0.02; done`,
  )
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(readFileSync(count, 'utf8')).toBe('killed\n')
  expect(page()).toBe('nine\n')
})

test('killed while it looks on, the push fails and says so, and the deployment goes on', async () => {
  const [began, gate, count] = [scratch('began'), scratch('gate'), scratch('after')]
  const wait = `wait:\n  cmd.run:\n    - name: "touch ${began}; while [ ! -e ${gate} ]; do sleep 0.05; done"\n`
  writeFileSync(gate, '')
  await clone.commit({ '.salt/configure.sls': wait })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await preparedTreeIsReady()
  for (const file of [began, gate]) rmSync(file)
  await clone.commit({ 'index.html': 'ten\n' })
  const pushing = clone.push()
  await eventually('it deploys', () => existsSync(began))
  await world.run(['sh', '-c', killAnswerer(count)])
  const seen = await pushing
  expect(readFileSync(count, 'utf8')).toBe('killed\n')
  expect(seen.stderr).toContain('nobody looks on any more')
  expect(seen.status).toBe(1)
  writeFileSync(gate, '')
  await eventually('it is deployed', () => page() === 'ten\n')
})

test('a runner that it had to start itself goes on without it, too', async () => {
  const [began, gate, count] = [scratch('began'), scratch('gate'), scratch('alone')]
  await preparedTreeIsReady()
  for (const file of [began, gate]) rmSync(file)
  await clone.commit({ 'index.html': 'eleven\n' })
  beforeTheRefsMove(`pkill -KILL -f -- '(agent|runner --warm) --root=${world.root}'; exit 0`)
  const pushing = clone.push()
  await eventually('it deploys', () => existsSync(began))
  rmSync(hookFile())
  await world.run(['sh', '-c', killAnswerer(count)])
  expect(await pushing).toMatchObject({ status: 1 })
  expect(readFileSync(count, 'utf8')).toBe('killed\n')
  writeFileSync(gate, '')
  await eventually('it is deployed', () => page() === 'eleven\n')
  await startAgent()
})

test('two pushes at once end well, and the project is one of them', async () => {
  const other = await world.clone(name, {})
  await world.run(['git', '-C', other.folder, 'fetch', '-q', 'corpus'])
  await world.run(['git', '-C', other.folder, 'reset', '-q', '--hard', 'corpus/master'])
  await clone.commit({ 'index.html': 'left\n' })
  await other.commit({ 'index.html': 'right\n' })
  const both = await Promise.all([clone.push(), other.push('--force', 'corpus', 'HEAD:master')])
  const winners = both.filter(one => one.status === 0)
  expect(winners.length).toBeGreaterThan(0)
  await eventually(
    'nobody deploys',
    async () => (await world.json<{ deployment: unknown }>('status', name)).deployment === null,
  )
  const at = (await world.run(['git', '-C', world.path(name, 'git', 'project.git'), 'show', 'master:index.html']))
    .stdout
  expect(page()).toBe(at)
  await eventually('nothing is prefetched any more', () => !deployments().some(one => one.startsWith('soon.')))
})
