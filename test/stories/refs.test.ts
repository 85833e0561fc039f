/** Branches, tags and notes are let in, and nothing that would have a git read other bytes than those that a commit names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
let pillar: Clone
let first: string
const name = uniqueName('refs')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
  pillar = await world.clonePillar(name)
  first = (await clone.git('rev-parse', 'HEAD')).stdout.trim()
  expect(await clone.push()).toMatchObject({ status: 0 })
})
afterAll(() => world.dispose())

/** What people pushed; corpus keeps refs of its own, and tidies them up when it has the time. */
async function refs(repository: 'project' | 'pillar'): Promise<string[]> {
  const listed = await world.run(['git', '--git-dir', world.path(name, 'git', `${repository}.git`), 'for-each-ref'])
  return listed.stdout.split('\n').filter(line => !line.includes('refs/corpus/'))
}

describe.each([
  ['refs/replace/COMMIT', 'is not kept here'],
  ['refs/remotes/local/master', 'is not kept here'],
  ['refs/stash', 'is not kept here'],
  ['refs/bisect/bad', 'is not kept here'],
  ['refs/headsx/a', 'is not kept here'],
  ['refs/worktree/a', 'is not kept here'],
  ['refs/rewritten/a', 'is not kept here'],
  ['refs/heads/HEAD', 'reads like a commit, or like another ref'],
  ['refs/heads/FETCH_HEAD', 'reads like a commit, or like another ref'],
  ['refs/heads/refs/heads/master', 'reads like a commit, or like another ref'],
  ['refs/heads/tags/v1', 'reads like a commit, or like another ref'],
  ['refs/heads/-x', 'reads like a commit, or like another ref'],
  ['refs/heads/@', 'reads like a commit, or like another ref'],
  ['refs/heads/COMMIT', 'reads like a commit, or like another ref'],
  [`refs/heads/${'a'.repeat(64)}`, 'reads like a commit, or like another ref'],
  ['refs/tags/HEAD', 'reads like a commit, or like another ref'],
  ['refs/tags/COMMIT', 'reads like a commit, or like another ref'],
  ['refs/tags/refs/heads/master', 'reads like a commit, or like another ref'],
])('%s', (pattern, sentence) => {
  test.each(['project', 'pillar'] as const)('is refused by the %s, with what comes with it', async repository => {
    const ref = pattern.replace('COMMIT', first)
    const from = repository === 'project' ? clone : pillar
    const remote = repository === 'project' ? 'corpus' : 'corpus-pillar'
    const before = await refs(repository)
    const pushed = await from.push('--force', remote, `HEAD:${ref}`, 'HEAD:refs/heads/beside')
    expect(pushed.status).not.toBe(0)
    expect(pushed.stderr).toContain(sentence)
    expect(await refs(repository)).toEqual(before)
  })
})

test('nor is a ref deleted that is not people’s; a branch of a bad name that is there can be', async () => {
  const gitDir = world.path(name, 'git', 'project.git')
  for (const ref of ['refs/custom/x', 'refs/heads/HEAD'])
    expect((await world.run(['git', '--git-dir', gitDir, 'update-ref', ref, first])).status).toBe(0)
  const kept = await clone.push('corpus', ':refs/custom/x')
  expect(kept.stderr).toContain('is not kept here')
  expect(kept.status).not.toBe(0)
  expect(await clone.push('corpus', ':refs/heads/HEAD')).toMatchObject({ status: 0 })
  expect((await refs('project')).join('\n')).not.toContain('refs/heads/HEAD')
  await world.run(['git', '--git-dir', gitDir, 'update-ref', '-d', 'refs/custom/x'])
})

test('tags, notes and branches pass, alone and together', async () => {
  await clone.git('tag', 'v1')
  await clone.git('tag', '-a', 'v2', '-m', 'Two')
  await clone.git('notes', 'add', '-m', 'noted', 'HEAD')
  const words = ['v1', 'v2', 'refs/notes/commits', 'HEAD:refs/heads/team/head', 'HEAD:refs/heads/abc123', 'HEAD:AHEAD1']
  for (const word of words)
    expect([word, await clone.push('corpus', word.replace(':A', ':refs/heads/A'))]).toMatchObject([word, { status: 0 }])
  const { stdout } = await clone.git('ls-remote', 'corpus')
  for (const ref of ['refs/tags/v1', 'refs/tags/v2^{}', 'refs/notes/commits', 'refs/heads/team/head'])
    expect(stdout).toContain(ref)
})

// As one that was pushed to a corpus of before. `init` is not asked first: no setting of the repository counts here.
test.each([
  ['final', false],
  ['final', true],
  ['cooking', false],
])('a replacement that is there already deploys nothing in %s mode', async (mode, knowsSetting) => {
  const replaced = uniqueName('replaced')
  await world.must('init', replaced, '--mode', mode)
  const gitDir = world.path(replaced, 'git', 'project.git')
  const bare = (...args: string[]) => world.run(['git', '--git-dir', gitDir, ...args])
  const mine = await world.clone(replaced, { 'index.html': 'one\n', other: '1\n' })
  expect(await mine.push()).toMatchObject({ status: 0 })
  if (!knowsSetting) await bare('config', '--unset', 'core.useReplaceRefs')
  const evil = (
    await world.run(['git', '--git-dir', gitDir, 'hash-object', '-w', '--stdin'], { input: 'evil\n' })
  ).stdout.trim()
  for (const [at, text] of ['two\n', 'three\n'].entries()) {
    await mine.commit({ 'index.html': text })
    const blob = (await mine.git('rev-parse', 'HEAD:index.html')).stdout.trim()
    const replacement = join(gitDir, 'refs', 'replace', blob)
    // It may be there before the object is.
    await world.run(['mkdir', '-p', join(gitDir, 'refs', 'replace')])
    await world.run(['sh', '-c', 'echo "$1" > "$2"', 'sh', evil, replacement])
    const tree = (await mine.git('rev-parse', 'HEAD^{tree}')).stdout.trim()
    const old = (await mine.git('rev-parse', 'HEAD~1^{tree}')).stdout.trim()
    await world.run(['sh', '-c', 'echo "$1" > "$2"', 'sh', old, join(gitDir, 'refs', 'replace', tree)])
    expect([at, await mine.push()]).toMatchObject([at, { status: 0 }])
    expect(readFileSync(world.path(replaced, 'project', 'index.html'), 'utf8')).toBe(text)
  }
  expect((await world.corpus('rollback', replaced)).status).toBe(0)
  expect(readFileSync(world.path(replaced, 'project', 'index.html'), 'utf8')).toBe('two\n')
})

/** Objects as no git makes them. */
async function tree(entries: string): Promise<string> {
  const made = await world.run(
    ['git', '-C', clone.folder, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin'],
    {
      input: entries,
    },
  )
  expect(made.status, made.stderr).toBe(0)
  return made.stdout.trim()
}

/** An entry with an id that is text: the bytes are a blob's whose id happens to be ASCII, which none is; so by printf. */
async function treeOf(entries: readonly (readonly [mode: string, name: string, id: string])[]): Promise<string> {
  const octal = (id: string) => (id.match(/../g) ?? []).map(byte => `\\0${parseInt(byte, 16).toString(8)}`).join('')
  const text = entries.map(([mode, name, id]) => `${mode} ${name}\\0000${octal(id)}`).join('')
  const made = await world.run([
    'sh',
    '-c',
    'printf %b "$1" | git -C "$2" hash-object -t tree -w --literally --stdin',
    'sh',
    text,
    clone.folder,
  ])
  expect(made.status, made.stderr).toBe(0)
  return made.stdout.trim()
}

test.each([
  ['a name with a slash in it', [['100644', '.salt/install.sls', 'BLOB']]],
  [
    'two entries of one name',
    [
      ['100644', 'a', 'BLOB'],
      ['100755', 'a', 'BLOB'],
    ],
  ],
  ['.git', [['100644', '.git', 'BLOB']]],
  ['..', [['40000', '..', 'TREE']]],
  ['a link in place of .gitmodules', [['120000', '.gitmodules', 'BLOB']]],
] as [string, [string, string, string][]][])('a tree that has %s is not let in', async (_, entries) => {
  const blob = (await clone.git('rev-parse', `${first}:index.html`)).stdout.trim()
  const empty = await tree('')
  const id = await treeOf(entries.map(([mode, path, of]) => [mode, path, of === 'BLOB' ? blob : empty]))
  const commit = (await clone.git('commit-tree', '-m', 'Odd', '-p', first, id)).stdout.trim()
  expect(commit).toMatch(/^[0-9a-f]{40}$/)
  const pushed = await clone.push('-o', 'no-deploy', 'corpus', `${commit}:refs/heads/odd`)
  expect(pushed.stderr).toMatch(/fsck error|unpacker error/)
  expect(pushed.status).not.toBe(0)
})

test('a history of an old tool is let in: its faults change no file', async () => {
  const blob = (await clone.git('rev-parse', `${first}:index.html`)).stdout.trim()
  const sub = await treeOf([['100644', 'x', blob]])
  const id = await treeOf([['040000', 'sub', sub]])
  const text = `tree ${id}\nauthor <> 0 +0000\ncommitter Ann <ann@example.org> 1 +051800\n\nOld\n`
  const made = await world.run(
    ['git', '-C', clone.folder, 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin'],
    {
      input: text,
    },
  )
  const pushed = await clone.push('corpus', `${made.stdout.trim()}:refs/heads/old`)
  expect(pushed.status, pushed.stderr).toBe(0)
})
