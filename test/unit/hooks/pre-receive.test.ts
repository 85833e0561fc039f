import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { spaceAt } from '../../../src/disk/space.ts'
import { procedureNames } from '../../../src/kernel/procedure-names.ts'
import { forsakenMoves } from '../../../src/pipeline/next-folder.ts'
import { writeHookSettings } from '../../../src/project/hook-settings.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import { type Call, type Hooks, makeHooks, none, one, patience, program, two } from '../../support/hooks.ts'

let hooks: Hooks
beforeEach(() => {
  hooks = makeHooks()
})
afterEach(() => hooks.dispose())

const push = (call: Call = {}) => hooks.call('pre-receive', [[one, two, 'refs/heads/master']], call)
/** A process that is no more. */
const dead = (): number => Number(execFileSync('/bin/sh', ['-c', 'echo $$'], { encoding: 'utf8' }))

test('what is pushed is looked at, in the quarantine, and refused where that says no', async () => {
  expect(await push({ options: ['verbose'] })).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(hooks.asked()).toContain(`hook-check shop project ${two} --root=${hooks.layout.root}`)
  program(join(hooks.home, 'scripts/corpus'), '#!/bin/sh\necho "corpus: does not render" >&2; exit 3\n')
  expect(await push({ options: ['no-deploy'] })).toEqual({ status: 1, stdout: '', stderr: 'corpus: does not render\n' })
  rmSync(join(hooks.home, 'scripts/corpus'))
  expect(await push({ options: ['no-deploy'] })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Run `corpus doctor` on the server.'),
  })
})

test('where a lock stands in the way of what moves, it is looked at whose it is', async () => {
  await push()
  expect(hooks.asked().some(line => line.startsWith('hook-locks'))).toBe(false)
  mkdirSync(hooks.layout.projectGit, { recursive: true })
  writeFileSync(join(hooks.layout.projectGit, 'HEAD.lock'), '')
  await push()
  expect(hooks.asked()).toContain(`hook-locks shop project refs/heads/master --root=${hooks.layout.root}`)
})

test('a push without an agent has a runner start for it, which is told the folder that the deployment will have', async () => {
  await push({ git: 4_000_001 })
  const mark = join(hooks.layout.deployments, 'soon.4000001')
  expect(existsSync(mark)).toBe(true)
  await expect.poll(() => hooks.asked(), patience).toContain(`runner shop --root=${hooks.layout.root} --soon=${mark}`)
})

test('what is about to move is written down as the next command reads it, should git die', async () => {
  // Not announced, announced, and of a pillar.
  await push({ git: dead(), options: ['no-deploy', 'x'] })
  expect(forsakenMoves(hooks.layout)).toEqual([])
  const git = dead()
  await hooks.call('pre-receive', [[none, two, 'refs/heads/main']], { git, kind: 'pillar' })
  expect(forsakenMoves(hooks.layout)).toMatchObject([
    { mark: join(hooks.layout.deployments, `soon.${git}`), kind: 'pillar', branch: 'main', before: null, commit: two },
  ])
  rmSync(join(hooks.layout.deployments, `soon.${git}`), { recursive: true })
  await hooks.agent('no')
  await push({ git })
  expect(forsakenMoves(hooks.layout)).toMatchObject([
    {
      mark: join(hooks.layout.deployments, `moving.${git}`),
      kind: 'project',
      branch: 'master',
      before: one,
      commit: two,
    },
  ])
})

test('an agent is told of a push whose files were looked at before; where it has nobody, the folder is the next one’s', async () => {
  writeFileSync(hooks.layout.checked, `none ${two} server.js app/web`)
  const told = await hooks.agent('ok')
  const env = { GIT_QUARANTINE_PATH: '/x/objects/incoming-aB1' }
  expect((await push({ env, git: 4_000_001 })).status).toBe(0)
  expect(told).toEqual([`soon shop ${two} incoming-aB1 soon.4000001 none ${two} server.js app/web\n`])
  expect(readdirSync(hooks.layout.deployments).sort()).toEqual(['queue', 'soon.4000001'])
  expect(hooks.asked()).toEqual([])
})

test('an agent that has nobody leaves the folder to the next push', async () => {
  writeFileSync(hooks.layout.checked, `none ${two} server.js`)
  await hooks.agent('busy')
  expect((await push({ env: { GIT_QUARANTINE_PATH: '/x/incoming-1' }, git: 4_000_001 })).status).toBe(0)
  expect(readdirSync(hooks.layout.deployments).sort()).toEqual(['moving.4000001', 'next', 'queue'])
  expect(hooks.asked()).toHaveLength(1)
})

test.each(['', 'none', `none ${two} ../x; y`, `none ${two} a b c`, 'none\nnone x'])(
  'what was looked at before is not believed where it reads %j',
  async known => {
    writeFileSync(hooks.layout.checked, known)
    const told = await hooks.agent('ok')
    expect((await push({ env: { GIT_QUARANTINE_PATH: '/x/incoming-1' } })).status).toBe(0)
    expect(told).toEqual([])
    expect(hooks.asked()).toEqual([`hook-check shop project ${two} --root=${hooks.layout.root}`])
  },
)

test('without an agent, what has the same ids is not looked at again', async () => {
  const blob = async (text: string) => {
    writeFileSync(join(hooks.layout.git, 'file'), text)
    return hooks.git('hash-object', '-w', join(hooks.layout.git, 'file'))
  }
  await hooks.git('--version')
  const index = join(hooks.layout.projectGit, 'index')
  const [procfile, script] = [await blob('web: x\n'), await blob('1\n')]
  const commit = async (path: string) => {
    rmSync(index, { force: true })
    for (const [name, id] of [
      ['Procfile', procfile],
      ['server.js', script],
    ])
      await hooks.git(
        `--work-tree=${hooks.layout.git}`,
        'update-index',
        '--add',
        '--cacheinfo',
        `100644,${id},${path}${name}`,
      )
    return hooks.git('commit-tree', '-m', 'x', await hooks.git('write-tree'))
  }
  const looked = async (id: string, known: string) => {
    writeFileSync(hooks.layout.checked, known)
    const before = hooks.asked().length
    await hooks.call('pre-receive', [[one, id, 'refs/heads/master']], { options: ['no-deploy'] })
    return hooks.asked().length > before
  }
  const [top, below] = [await commit(''), await commit('app/')]
  expect(await looked(top, `none ${procfile} server.js`)).toBe(false)
  expect(await looked(top, `none ${script} server.js`)).toBe(true)
  expect(await looked(top, `none ${procfile} other.js`)).toBe(true)
  expect(await looked(top, `${two} ${procfile} server.js`)).toBe(true)
  expect(await looked(below, `none ${procfile} server.js app`)).toBe(false)
  expect(await looked(below, `none ${procfile} server.js`)).toBe(true)
})

test('a frozen project takes what is only stored', async () => {
  writeFileSync(hooks.layout.frozen, 'the fair\n')
  expect(await push()).toEqual({
    status: 1,
    stdout: '',
    stderr: 'corpus: shop is frozen: the fair.\ncorpus: Thaw it with `corpus thaw shop`, or push with -o no-deploy.\n',
  })
  expect((await push({ options: ['no-deploy'] })).status).toBe(0)
  expect(readdirSync(hooks.layout.deployments)).toEqual(['queue'])
})

test('a disk with less room than the settings want takes nothing, and what is only stored', async () => {
  const free = () => Math.floor(spaceAt(hooks.layout.home).freeBytes / 1_000_000)
  writeHookSettings(hooks.layout, Dict.of({ min_free_megabytes: free() + 100_000 }))
  const ended = await push()
  expect([ended.status, ended.stderr]).toEqual([
    1,
    expect.stringMatching(/^corpus: Only \d+ MB are free below .*\/shop;/),
  ])
  expect((await push({ options: ['no-deploy'] })).status).toBe(0)
  writeHookSettings(hooks.layout, Dict.of({ min_free_megabytes: 0 }))
  expect((await push()).status).toBe(0)
})

test('options that nobody understands are refused, those of others are not ours, and procedures are those of the settings', async () => {
  writeHookSettings(hooks.layout, new Dict())
  const said = async (option: string) => (await push({ options: ['no-deploy', option] })).stderr.split('\n')[0]
  for (const name of procedureNames) expect(await said(`only=${name}`)).toBe('')
  expect(await said('skip=build,\x1b[2J')).toBe('corpus: The push option "skip=build,?[2J" is not understood.')
  expect(await said('only=biuld')).toBe('corpus: There is no procedure "biuld".')
  expect(await said('No Deploy')).toBe('corpus: The push option "No Deploy" is not understood.')
  expect(await said('ci.skip')).toBe('')
})

test('one push moves one branch that deploys', async () => {
  const moved = [
    [one, two, 'refs/heads/master'],
    [one, two, 'refs/heads/main'],
  ] as const
  expect((await hooks.call('pre-receive', moved)).stderr).toBe(
    'corpus: One push moves one deploy branch, and this moves master and main.\ncorpus: Push them one by one.\n',
  )
})

test('a project whose folders are gone is laid out anew', async () => {
  rmSync(hooks.layout.deployments, { recursive: true })
  mkdirSync(hooks.layout.projectGit)
  expect((await push({ git: 4_000_001 })).status).toBe(0)
  expect(readdirSync(hooks.layout.deployments)).toContain('soon.4000001')
})
