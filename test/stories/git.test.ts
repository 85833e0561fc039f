/** What does not deploy is git's own business: the same operations against a bare repository without hooks give the same. */
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('git')
/** One clone a side, made of the same commits: ours pushes to the project, the other's to a bare repository. */
const sides = { ours: '', plain: '' }
const bare = { ours: '', plain: '' }
type Side = keyof typeof sides

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n', 'two.txt': 'two\n' })
  for (const n of [1, 2, 3]) await clone.commit({ 'two.txt': `${n}\n` })
  for (const line of [
    'branch side HEAD~1',
    'branch deep/er/branch HEAD~2',
    'tag light HEAD~1',
    'tag -a heavy -m Heavy HEAD',
    'notes add -m noted HEAD',
  ])
    expect((await clone.git(...line.split(' '))).status).toBe(0)
  sides.ours = clone.folder
  sides.plain = join(world.scratch, 'plain')
  cpSync(clone.folder, sides.plain, { recursive: true })
  bare.ours = world.path(name, 'git', 'project.git')
  bare.plain = join(world.scratch, 'plain.git')
  await world.run(['git', 'init', '-q', '--bare', '-b', 'master', bare.plain])
  await world.run(['git', '--git-dir', bare.plain, 'config', 'receive.advertisePushOptions', 'true'])
  await git('plain', 'remote', 'set-url', 'corpus', bare.plain)
  await git('plain', 'config', '--unset', 'remote.corpus.receivepack')
})
afterAll(() => world.dispose())

const git = (side: Side, ...args: string[]) => world.run(['git', '-C', sides[side], ...args])

/** What a push says and does, without what names the repository. */
async function both(...args: string[]) {
  const seen = []
  for (const side of ['ours', 'plain'] as const) {
    const ended = await git(side, ...args)
    const refs = await world.run(['git', '--git-dir', bare[side], 'for-each-ref'])
    const listed = await git(side, 'ls-remote', 'corpus')
    const text = (words: string) => words.replaceAll(bare[side], 'REPOSITORY').replaceAll(sides[side], 'CLONE')
    seen.push({
      status: ended.status,
      stdout: text(ended.stdout),
      stderr: withoutHint(text(ended.stderr)),
      refs: withoutOurs(refs.stdout),
      listed: listed.stdout,
    })
  }
  return seen as [(typeof seen)[0], (typeof seen)[0]]
}

/** What does not deploy is said to be stored only: that is all that a push of it says beside git's own words. */
const withoutHint = (words: string) =>
  words.replace(/^remote: corpus: (stored only|a push of ).*\n(remote: +\n)?/gm, '')

/** What corpus keeps below refs/corpus is seen in the repository itself, and by nobody who comes from outside. */
const withoutOurs = (listed: string) => listed.split('\n').filter(line => !line.includes('refs/corpus/'))

describe.each([
  ['a branch that deploys nothing', ['push', 'corpus', 'side']],
  ['a branch with slashes', ['push', 'corpus', 'deep/er/branch']],
  ['it again', ['push', 'corpus', 'side']],
  ['a light tag', ['push', 'corpus', 'light']],
  ['all tags', ['push', 'corpus', '--tags']],
  ['notes', ['push', 'corpus', 'refs/notes/commits']],
  ['with push options of others', ['push', '-o', 'ci.skip', '-o', 'x=y', 'corpus', 'HEAD~1:refs/heads/options']],
  ['a dry run', ['push', '--dry-run', 'corpus', 'HEAD:refs/heads/dry']],
  ['what is no fast-forward', ['push', 'corpus', 'HEAD~3:side']],
  ['that, forced', ['push', '--force', 'corpus', 'HEAD~3:side']],
  ['forced with a wrong lease', ['push', '--force-with-lease=side:HEAD', 'corpus', 'HEAD:side']],
  ['several at once', ['push', 'corpus', 'HEAD:a', 'HEAD~1:b', ':options']],
  ['atomic', ['push', '--atomic', 'corpus', 'HEAD:refs/heads/c', 'HEAD~1:refs/heads/d']],
  ['atomic with one that is refused', ['push', '--atomic', 'corpus', 'HEAD:refs/heads/e', 'HEAD~3:refs/heads/a']],
  ['deletions', ['push', 'corpus', ':a', ':refs/tags/light', ':refs/notes/commits']],
  ['the deletion of what is not there', ['push', 'corpus', ':nowhere']],
  ['by porcelain', ['push', '--porcelain', 'corpus', 'HEAD:refs/heads/porcelain']],
  ['quietly', ['push', '--quiet', 'corpus', 'HEAD~2:refs/heads/quiet']],
  ['a name that git refuses', ['push', 'corpus', 'HEAD:refs/heads/bad..name']],
  ['nothing at all', ['push', 'corpus', 'side:side']],
])('pushing %s', (_, args) => {
  test('does what git does, and says what git says', async () => {
    const [ours, plain] = await both(...args)
    expect(ours).toEqual(plain)
  })
})

test('3,000 refs go through as they do with git alone, and all go again', async () => {
  for (const side of ['ours', 'plain'] as const) {
    const head = (await git(side, 'rev-parse', 'HEAD')).stdout.trim()
    const lines = Array.from({ length: 3000 }, (_, n) => `create refs/heads/many/${n} ${head}\n`).join('')
    const made = await world.run(['git', '-C', sides[side], 'update-ref', '--stdin'], { input: lines })
    expect(made.status).toBe(0)
  }
  const [ours, plain] = await both('push', '--quiet', 'corpus', 'refs/heads/many/*:refs/heads/many/*')
  expect(ours.refs.length).toBeGreaterThan(3000)
  expect(ours).toEqual(plain)
  const [gone, plainGone] = await both('push', '--quiet', '--prune', 'corpus', 'refs/nothing/*:refs/heads/many/*')
  expect(gone).toEqual(plainGone)
})

test('the deploy branch: a deployment leaves no ref that anybody sees, and its deletion is git’s own business', async () => {
  const deployed = await git('ours', 'push', 'corpus', 'HEAD:master')
  expect(deployed.stderr).toContain('deployed in')
  await git('plain', 'push', 'corpus', 'HEAD:master')
  const status = await world.json('status', name)
  const [ours, plain] = await both('push', 'corpus', 'master')
  expect(ours).toEqual(plain)
  for (const side of ['ours', 'plain'] as const)
    await world.run(['git', '--git-dir', bare[side], 'config', 'receive.denyDeleteCurrent', 'ignore'])
  const [gone, plainGone] = await both('push', 'corpus', ':master')
  expect(gone).toEqual(plainGone)
  // What runs goes on running.
  expect(await world.json('status', name)).toEqual(status)
})

test('what corpus keeps for itself is hidden, can not be pushed to, and hidden again by init', async () => {
  await git('ours', 'push', '-q', '--force', 'corpus', 'HEAD:master')
  const inside = () => world.run(['git', '--git-dir', bare.ours, 'for-each-ref', '--format=%(refname)', 'refs/corpus'])
  const { release } = await world.json('status', name)
  // The last deployment tidies up after its verdict.
  const kept = await eventually('the commit of the release is kept', async () => {
    const refs = (await inside()).stdout.trim().split('\n')
    return refs.includes(`refs/corpus/releases/${release}`) && refs
  })
  expect(kept[0]).toMatch(/^refs\/corpus\//)
  for (const words of [`HEAD~1:${kept[0]}`, 'HEAD:refs/corpus/mine', `:${kept[0]}`]) {
    const pushed = await git('ours', 'push', '--force', 'corpus', words)
    expect(pushed.stderr).toContain('[remote rejected]')
    expect(pushed.status).not.toBe(0)
  }
  expect((await inside()).stdout.trim().split('\n')).toEqual(kept)
  const seen = async () => (await git('ours', 'ls-remote', 'corpus')).stdout
  expect(await seen()).toContain('refs/heads/master')
  expect(await seen()).not.toContain('refs/corpus')
  expect((await git('ours', 'fetch', 'corpus', '+refs/*:refs/all/*')).status).toBe(0)
  expect((await git('ours', 'for-each-ref', 'refs/all/corpus')).stdout).toBe('')
  // A repository of an older corpus, in which a person hides something, too.
  const config = (...args: string[]) => world.run(['git', '--git-dir', bare.ours, 'config', ...args])
  await config('--unset-all', 'uploadpack.hideRefs')
  await config('uploadpack.hideRefs', 'refs/secret')
  expect(await seen()).toContain('refs/corpus')
  await world.must('init', name)
  await world.must('init', name)
  expect(await seen()).not.toContain('refs/corpus')
  expect((await config('--get-all', 'uploadpack.hideRefs')).stdout).toBe('refs/secret\nrefs/corpus\n')
})

test('a clone of the project is a clone', async () => {
  await git('ours', 'push', '-q', 'corpus', 'HEAD:master')
  const folder = join(world.scratch, 'cloned')
  expect((await world.run(['git', 'clone', '-q', bare.ours, folder])).status).toBe(0)
  const log = await world.run(['git', '-C', folder, 'log', '--oneline'])
  expect(log.stdout.trim().split('\n')).toHaveLength(4)
  const fsck = await world.run(['git', '--git-dir', bare.ours, 'fsck', '--strict'])
  expect(fsck.status).toBe(0)
  writeFileSync(join(folder, 'x'), 'x')
})
