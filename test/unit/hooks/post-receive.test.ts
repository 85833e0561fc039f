import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkWhole, writeWhole } from '../../../src/kernel/files.ts'
import { isReleaseId, type ReleaseId } from '../../../src/kernel/names.ts'
import { newRelease, releaseTime } from '../../../src/kernel/release.ts'
import { visible } from '../../../src/kernel/visible.ts'
import { type DeploymentRecord, writeRecord } from '../../../src/pipeline/history.ts'
import { putRequest, type Request, waiting } from '../../../src/pipeline/queue.ts'
import { type Call, type Ended, type Hooks, makeHooks, none, one, patience, two } from '../../support/hooks.ts'

let hooks: Hooks
beforeEach(() => {
  hooks = makeHooks()
})
afterEach(() => hooks.dispose())

/** Pushes, and has somebody serve it who says `output` and ends it with `verdict`. Returns what was asked for. */
async function served(
  output: string,
  verdict: string,
  call: Call & { readonly ref?: string; readonly old?: string } = {},
) {
  const told = await hooks.agent('ok')
  const ended = hooks.call('post-receive', [[call.old ?? one, two, call.ref ?? 'refs/heads/master']], call)
  await expect.poll(() => told, patience).toEqual(['run shop\n'])
  const [request] = waiting(hooks.layout)
  if (!request) throw new Error('Nothing waits.')
  const { output: log, verdict: last } = hooks.layout.deployment(request.release)
  writeFileSync(log, output, { flag: 'a' })
  writeWhole(last, verdict)
  return { request, ended: await ended }
}

test('a push becomes a request that the queue reads, under a release of its own', async () => {
  const before = Date.now()
  const { request, ended } = await served('one\n', '0 succeeded\n', {
    env: { CORPUS_BY: 'ann', CORPUS_VERDICT: '/x/v.1' },
  })
  const { release, ...asked } = request
  expect(asked).toEqual({ kind: 'push', by: 'ann', branch: 'master', before: one, commit: two })
  expect(isReleaseId(release)).toBe(true)
  expect(releaseTime(release).getTime()).toBeGreaterThanOrEqual(before)
  expect(releaseTime(release).getTime()).toBeLessThanOrEqual(Date.now())
  expect(ended).toEqual({ status: 0, stdout: `corpus: shop, release ${release}\none\n`, stderr: '' })
  expect(statSync(join(hooks.layout.queue, release)).mode & 0o777).toBe(0o640)
  expect(statSync(hooks.layout.deployment(release).folder).mode & 0o777).toBe(0o750)
})

test.each<[string, Call & { readonly ref?: string; readonly old?: string }, Partial<Request>]>([
  ['a branch that was not there', { ref: 'refs/heads/master', old: none }, { before: null }],
  [
    'who pushes, with any name',
    { env: { CORPUS_BY: 'a "b\\c" \x01\x1b[2J\x7fü' } },
    { by: 'a "b\\c" \x01\x1b[2J\x7fü' },
  ],
  ['a pillar', { kind: 'pillar' }, { kind: 'pillar' }],
  [
    'its options',
    { options: ['plan', 'verbose', 'only=build,activate', 'skip=bundle', 'only=build'] },
    { plan: true, verbose: true, only: ['build'], skip: ['bundle'] },
  ],
])('a request says of a push: %s', async (_, call, wanted) => {
  const { request } = await served('', '0 succeeded\n', call)
  expect(request).toMatchObject(wanted)
})

test('branches may have any name that git lets them have', async () => {
  const branch = 'feat/"x"\'$(id)-ü漢'
  writeFileSync(join(hooks.layout.git, 'settings'), `deploy_branch ${branch}\n`)
  const { request } = await served('', '0 succeeded\n', { ref: `refs/heads/${branch}` })
  expect(request.branch).toBe(branch)
})

test('the pusher sees the log as a terminal may have it, to its last line, and the status of the deployment', async () => {
  const verdict = join(hooks.layout.git, 'verdict.1')
  const output = `up \x1b[2A\x1b]0;t\x07\n\x1b[31mred\nold\rnew\n\u202e\u009b ü\nno end`
  const { request, ended } = await served(output, '7 failed\n', { env: { CORPUS_VERDICT: verdict } })
  expect(ended.stdout).toBe(`corpus: shop, release ${request.release}\n${visible(output)}`)
  expect(ended.status).toBe(7)
  expect(readFileSync(verdict, 'utf8')).toBe('7')
})

test('over a bare path, the last word is that the status of git says nothing', async () => {
  const { ended } = await served('', '0 succeeded\n')
  expect(ended.stdout).toContain(
    'WARNING: `corpus remote add shop`, in this clone, gives a remote whose status does.\n',
  )
})

test('a folder that was laid out is filled, not made anew, and nothing of the old remains in the request', async () => {
  const next = hooks.layout.nextDeployment
  mkdirSync(next)
  writeFileSync(join(next, 'output.log'), '')
  writeFileSync(join(next, 'blank.0'), ' '.repeat(4096), { mode: 0o600 })
  const { request } = await served('', '0 succeeded\n')
  expect(existsSync(next)).toBe(false)
  expect(readdirSync(hooks.layout.deployment(request.release).folder).sort()).toEqual(['output.log', 'verdict'])
  expect(readFileSync(join(hooks.layout.queue, request.release), 'utf8')).toMatch(/^\{.*\}$/)
})

test('where no deployment can be begun, the push fails, and nobody is asked for one', async () => {
  rmSync(hooks.layout.deployments, { recursive: true })
  writeFileSync(hooks.layout.deployments, '')
  const verdict = join(hooks.layout.git, 'verdict.1')
  const ended = await hooks.call('post-receive', [[one, two, 'refs/heads/master']], {
    env: { CORPUS_VERDICT: verdict },
  })
  expect([ended.status, ended.stdout]).toEqual([1, ''])
  expect(ended.stderr).toMatch(
    /^corpus: A deployment could not be begun in .*\/deployments: Not a directory\. `corpus status shop` says what runs\.\n$/,
  )
  expect(readFileSync(verdict, 'utf8')).toBe('1')
})

test('where the request cannot be written, the branch goes back', async () => {
  const [old, commit] = await branchOfTwo()
  rmSync(hooks.layout.queue, { recursive: true })
  writeFileSync(hooks.layout.queue, '')
  const ended = await hooks.call('post-receive', [[old, commit, 'refs/heads/master']])
  expect([ended.status, ended.stderr]).toEqual([
    1,
    'corpus: The request could not be written: Not a directory. Nothing was deployed, and master is what it was: push again.\n',
  ])
  expect(await hooks.git('rev-parse', 'master')).toBe(old)
  expect(readdirSync(hooks.layout.deployments).sort()).toEqual(['lock', 'queue'])
})

test('what is only stored is said to be', async () => {
  expect(await hooks.call('post-receive', [[one, two, 'refs/heads/master']], { options: ['no-deploy'] })).toEqual({
    status: 0,
    stdout: 'corpus: stored, not deployed; `corpus deploy shop` deploys it\n',
    stderr: '',
  })
  expect(waiting(hooks.layout)).toEqual([])
})

test('without an agent a runner is started', async () => {
  const ended = hooks.call('post-receive', [[one, two, 'refs/heads/master']])
  await expect.poll(() => hooks.asked(), patience).toContain(`runner shop --root=${hooks.layout.root}`)
  const [request] = waiting(hooks.layout)
  writeWhole(hooks.layout.deployment(request?.release as ReleaseId).verdict, '0 succeeded\n')
  expect((await ended).status).toBe(0)
})

// --- pushed again, with nothing to send

const again = (): Promise<Ended> => hooks.call('again', [])

test('nothing is said where what is pushed runs, and where nothing that deploys was pushed', async () => {
  expect(await again()).toEqual({ status: 0, stdout: '', stderr: '' })
  const [, commit] = await branchOfTwo()
  runs(record(commit))
  expect(await again()).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('what waits is followed to its end', async () => {
  const [before, commit] = await branchOfTwo()
  const release = newRelease()
  putRequest(hooks.layout, { release, kind: 'push', by: 'ann', branch: 'master', before, commit })
  const ended = again()
  const { output, verdict } = hooks.layout.deployment(release)
  await expect.poll(() => hooks.asked(), patience).toContain(`runner shop --root=${hooks.layout.root}`)
  writeFileSync(output, 'built\n', { flag: 'a' })
  writeWhole(verdict, '3 failed\n')
  expect(await ended).toMatchObject({
    status: 3,
    stdout: expect.stringMatching(
      RegExp(`^corpus: nothing to send: ${commit.slice(0, 10)} is being deployed already; this follows it .*\nbuilt\n`),
    ),
  })
})

test('what failed is said to have, and what never ran how it comes to run', async () => {
  const [, commit] = await branchOfTwo()
  const tip = commit.slice(0, 10)
  expect(await again()).toEqual({
    status: 0,
    stdout: `corpus: nothing to send, and nothing was deployed: master is at ${tip}, and nothing runs\ncorpus: \`corpus deploy shop\` deploys it\n`,
    stderr: '',
  })
  const failed = record(commit, 'rolled back')
  keep(failed)
  runs(record(two))
  expect(await again()).toEqual({
    status: 1,
    stdout: `corpus: nothing to send, and nothing was deployed: master is at ${tip}, and another release runs; its deployment failed\ncorpus: \`corpus deploy shop\` deploys it; \`corpus logs shop --deployment ${failed.release}\` says why it failed\n`,
    stderr: '',
  })
})

/** The project's repository with a branch of two commits. */
async function branchOfTwo(): Promise<[string, string]> {
  await hooks.git('--version')
  const tree = await hooks.git('write-tree')
  const old = await hooks.git('commit-tree', '-m', 'one', tree)
  const commit = await hooks.git('commit-tree', '-m', 'two', '-p', old, tree)
  await hooks.git('update-ref', 'refs/heads/master', commit)
  return [old, commit]
}

function record(commit: string, status: DeploymentRecord['status'] = 'succeeded'): DeploymentRecord {
  const unknown = {
    seconds: null,
    previous: null,
    tree: null,
    before: null,
    url: null,
    pillar_commit: null,
    procedures: [],
  }
  return {
    ...unknown,
    release: newRelease(),
    kind: 'push',
    mode: 'final',
    status,
    commit,
    by: 'ann',
    started_at: '',
    branch: 'master',
  }
}

/** A deployment that is the one that serves. */
function runs(one: DeploymentRecord): void {
  keep(one)
  mkdirSync(hooks.layout.archived, { recursive: true })
  linkWhole(one.release, hooks.layout.current)
}

function keep(one: DeploymentRecord): void {
  mkdirSync(hooks.layout.deployment(one.release).folder, { recursive: true })
  writeRecord(hooks.layout, one)
}
