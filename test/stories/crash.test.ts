/** kill -9 of the runner at each step of its journal: the project is the old release or the new one, and the history says which. */
import { readFileSync, realpathSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Clone,
  corpusCommand,
  eventually,
  makeWorld,
  processesWith,
  uniqueName,
  type World,
} from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

interface Row {
  release: string
  status: string
  commit: string
  pillar_commit: string
  current: boolean
}

/** git, dying: the runner is cold, so it inherits where it is to die. */
const dyingAt = (step: string) => ({ env: { CORPUS_DIE_AT: step } })

/** What the folders, the branch, the status and the history say is one release. */
async function oneRelease(name: string): Promise<Row> {
  const status = await eventually('nothing is under way', async () => {
    const answer = await world.json<{ state: string; commit: string; release: string; deployment: unknown }>(
      'status',
      name,
    )
    return answer.state !== 'deploying' && answer
  })
  expect(status).toMatchObject({ state: 'live', deployment: null })
  const rows = await world.json<Row[]>('releases', name)
  const current = rows.find(row => row.current) as Row
  expect(current).toMatchObject({ status: 'succeeded', commit: status.commit })
  expect(rows.filter(row => row.status === 'running')).toEqual([])
  const text = (file: string) => readFileSync(world.path(name, ...file.split('/')), 'utf8')
  const shown = await world.run([
    'git',
    '--git-dir',
    world.path(name, 'git', 'project.git'),
    'show',
    `${status.commit}:index.html`,
  ])
  expect(text('project/index.html')).toBe(shown.stdout)
  expect(text('project/copy.html')).toBe(shown.stdout)
  expect(await world.ref(name, 'master')).toBe(status.commit)
  const pillar = await world.run([
    'git',
    '--git-dir',
    world.path(name, 'git', 'pillar.git'),
    'show',
    `${current.pillar_commit}:init.sls`,
  ])
  expect(text('pillar/init.sls')).toBe(pillar.stdout)
  expect(text('data/settings')).toBe(`${/colour: (\w+)/.exec(pillar.stdout)?.[1] ?? 'none'}\n`)
  expect(await world.ref(name, 'master', 'pillar')).toBe(current.pillar_commit)
  expect(realpathSync(world.path(name, 'archives', 'deployed', 'current', 'project'))).toBe(
    realpathSync(world.path(name, 'project')),
  )
  await atRest(name)
  return rows[0] as Row
}

/** A runner goes on for a moment after the verdict; what is asked for then, it serves, and does not die where another would. */
async function atRest(name: string): Promise<void> {
  const lock = ['flock', '-n', world.path(name, 'deployments', 'lock'), 'true']
  await eventually('the lock is free', async () => (await world.run(lock)).status === 0)
}

const files = {
  'index.html': 'one\n',
  '.salt/configure.sls': 'copy:\n  cmd.run:\n    - name: cp index.html copy.html\n    - cwd: {{ cfg.project_root }}\n',
  '.salt/reconfigure.sls':
    "settings:\n  cmd.run:\n    - name: echo {{ cfg.data.get('colour', 'none') }} > {{ cfg.data_root }}/settings\n",
}

const phases = (...steps: string[]) => steps.flatMap(step => [`${step}:begin`, `${step}:done`])
const lanes: ['final' | 'cooking', string[]][] = [
  ['final', phases('trigger', 'archive', 'initialization', 'release-sync', 'configure')],
  ['final', [...phases('install', 'reconfigure', 'activate', 'upgrade'), 'ended:done']],
  ['cooking', phases('build', 'bundle', 'post_install', 'commit', 'notification')],
]
describe.concurrent.each(lanes)('a push in %s mode', (mode, steps) => {
  test.concurrent(`is the old release or the new one, wherever its runner dies: ${steps.join(' ')}`, async () => {
    const name = uniqueName('crash')
    await world.must('init', name, '--mode', mode)
    const clone = await world.clone(name, files)
    expect((await clone.push()).status).toBe(0)
    await oneRelease(name)
    for (const [index, step] of steps.entries()) {
      const before = await world.ref(name, 'master')
      const commit = await clone.commit({ 'index.html': `${step} ${index}\n` })
      const pushed = await world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], dyingAt(step))
      const newest = await oneRelease(name)
      const counted = step === 'commit:done' || step === 'ended:done' || step.startsWith('notification')
      expect([step, newest.status]).toEqual([step, counted ? 'succeeded' : 'interrupted'])
      expect([step, await world.ref(name, 'master')]).toEqual([step, counted ? commit : before])
      if (!counted) expect([step, pushed.status]).not.toEqual([step, 0])
    }
    await clone.commit({ 'index.html': 'after all\n' })
    expect((await clone.push()).status).toBe(0)
    expect(await oneRelease(name)).toMatchObject({ status: 'succeeded' })
  })
})

test.concurrent('a pillar push whose runner dies keeps the old pillar whole, or has the new one', async () => {
  const name = uniqueName('crash-pillar')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, files)
  expect((await clone.push()).status).toBe(0)
  await atRest(name)
  const pillar = await world.clonePillar(name)
  for (const step of [
    'initialization:begin',
    'initialization:done',
    'reconfigure:done',
    'commit:begin',
    'commit:done',
  ]) {
    await pillar.commit({
      'init.sls': `makina-projects.${name}:\n  data:\n    colour: ${step.replace(':', '_').replace('-', '_')}\n`,
    })
    await world.run(['git', '-C', pillar.folder, 'push', 'corpus-pillar', 'HEAD:master', '--force'], dyingAt(step))
    expect([step, (await oneRelease(name)).status]).toEqual([
      step,
      step === 'commit:done' ? 'succeeded' : 'interrupted',
    ])
  }
})

test.concurrent('going back, killed: the release that ran, or the one that was gone back to', async () => {
  const name = uniqueName('crash-back')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, files)
  expect((await clone.push()).status).toBe(0)
  const old = await world.ref(name, 'master')
  const newer = await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  await atRest(name)
  for (const step of ['rollback:begin', 'reconfigure:begin', 'rollback:done', 'commit:begin']) {
    await world.run([corpusCommand, 'rollback', name], dyingAt(step))
    await oneRelease(name)
    expect([step, await world.ref(name, 'master')]).toEqual([step, newer])
  }
  await world.run([corpusCommand, 'rollback', name], dyingAt('commit:done'))
  await oneRelease(name)
  expect(await world.ref(name, 'master')).toBe(old)
})

test.concurrent('the first push of all, killed, leaves a project that nothing was pushed to', async () => {
  const name = uniqueName('crash-first')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, files)
  for (const step of ['initialization:done', 'commit:begin']) {
    await world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], dyingAt(step))
    expect(await world.json('status', name)).toMatchObject({ state: 'new', release: null, deployment: null })
    expect(await world.ref(name, 'master')).toBe('')
    expect((await world.json<Row[]>('releases', name))[0]?.status).toBe('interrupted')
    await atRest(name)
  }
  expect((await clone.push()).status).toBe(0)
  await oneRelease(name)
})

describe('a runner killed in the middle of a command', () => {
  const name = uniqueName('crash-child')
  let clone: Clone
  test('leaves no children once any command has looked, even when the recovery is killed as well', async () => {
    const mark = `40${Math.floor(Math.random() * 1e6)}`
    await world.must('init', name, '--mode', 'final')
    clone = await world.clone(name, files)
    expect((await clone.push()).status).toBe(0)
    await atRest(name)
    const before = await world.ref(name, 'master')
    await clone.commit({
      'index.html': 'never\n',
      '.salt/010_slow.sls': `slow:\n  cmd.run:\n    - name: "(sleep ${mark} & sleep ${mark}); true"\n`,
    })
    // Whatever takes it back dies too, as often as it is tried by the hook.
    const pushing = world.run(['git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master'], dyingAt('rollback:begin'))
    const pid = await eventually('the runner is in the slow step', async () => {
      const { deployment } = await world.json<{ deployment: { pid: number } | null }>('status', name)
      return processesWith(mark).length > 0 && deployment?.pid
    })
    process.kill(pid, 'SIGKILL')
    expect((await pushing).status).not.toBe(0)
    expect((await oneRelease(name)).status).toBe('interrupted')
    expect(processesWith(mark)).toEqual([])
    expect(await world.ref(name, 'master')).toBe(before)
  })
})
