/** What a release changed, read by somebody who looks for the cause: commits with their authors, files, lines. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clone, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const name = uniqueName('diff')
const commits: string[] = []

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final')
  clone = await world.clone(name, { 'index.html': 'one\n' })
  for (const [text, subject] of [
    ['one\n', 'Begin'],
    ['two\n', 'Say two'],
    ['three\n', 'Say three'],
  ] as const) {
    commits.push(await clone.commit({ 'index.html': text }, subject))
    expect((await clone.push()).status).toBe(0)
  }
  await clone.git('tag', 'great', commits[1] ?? '')
  await clone.git('push', 'corpus', 'great')
})
afterAll(() => world.dispose())

interface Answer {
  readonly from: { readonly name: string; readonly author: string; readonly subject: string }
  readonly to: { readonly name: string }
  readonly commits: readonly { readonly commit: string; readonly isNew: boolean }[]
  readonly files: readonly { readonly path: string }[]
}

test('without a release it tells what runs from what ran before, with commits, authors and lines', async () => {
  const { stdout } = await world.must('diff', name)
  expect(stdout).toMatch(
    /^from v2 [0-9a-f]{10} Ann: Say two \(great\)\nto {3}v3 [0-9a-f]{10} Ann: Say three\n\+ [0-9a-f]{10} Ann: Say three\n/,
  )
  expect(stdout).toContain('1 file changed, 1 insertion(+), 1 deletion(-)')
  expect(stdout).toContain('-two\n+three\n')
  expect((await world.must('diff', name, '--stat')).stdout).not.toContain('+three')
})

test('releases are named by their short names, in either order', async () => {
  const forth = await world.json<Answer>('diff', name, 'v1', 'v3')
  expect(forth.from).toMatchObject({ name: 'v1', author: 'Ann', subject: 'Begin' })
  expect(forth.commits.map(one => [one.commit, one.isNew])).toEqual([
    [commits[2], true],
    [commits[1], true],
  ])
  expect(forth.files).toEqual([{ path: 'index.html', insertions: 1, deletions: 1 }])
  const back = await world.json<Answer>('diff', name, 'v3', 'v1')
  expect(back.commits.map(one => one.isNew)).toEqual([false, false])
  expect(await world.json<Answer>('diff', name, 'v1')).toMatchObject({ to: { name: 'v3' } })
  const rows = await world.json<{ author: string; tags: string[] }[]>('releases', name)
  expect(rows.map(row => [row.author, row.tags])).toEqual([
    ['Ann', []],
    ['Ann', ['great']],
    ['Ann', []],
  ])
})

test('words that would be an option, a file or an expression to git are no releases', async () => {
  const stolen = join(world.scratch, 'stolen')
  for (const word of [`--output=${stolen}`, 'HEAD', 'master', 'v1..v2', `${commits[0]}^`, '../../x', 'ext::sh -c id']) {
    const ended = await world.corpus('diff', name, '--', word, 'v1')
    expect([word, ended.status, ended.stderr]).toEqual([word, 4, expect.stringContaining('RELEASE_UNKNOWN')])
  }
  expect((await world.corpus('diff', name, `--output=${stolen}`)).status).toBe(2)
  expect(existsSync(stolen)).toBe(false)
})

test('a project with one release, or none, is told so', async () => {
  const other = uniqueName('diff')
  await world.must('init', other, '--mode', 'final')
  expect((await world.corpus('diff', other)).stderr).toContain('NOTHING_RUNS')
  const first = await world.clone(other, { 'index.html': 'one\n' })
  await first.push()
  const ended = await world.corpus('diff', other)
  expect([ended.status, ended.stderr]).toEqual([4, expect.stringContaining('NOTHING_TO_COMPARE')])
})

test('an origin is fetched with its tags, and one that would run a program is refused before anything is made', async () => {
  const other = uniqueName('orig')
  await world.must('init', other, '--mode', 'final', '--origin', clone.folder)
  expect(await world.ref(other, 'refs/tags/great^{commit}')).toBe(commits[1])
  const mark = join(world.scratch, 'ran')
  for (const url of [`ext::touch ${mark}`, `--upload-pack=touch ${mark}`]) {
    const ended = await world.corpus('init', uniqueName('orig'), '--mode', 'final', `--origin=${url}`)
    expect([ended.status, ended.stderr]).toEqual([2, expect.stringContaining('USAGE')])
    const saved = await world.corpus('config', 'set', other, `origin=${url}`)
    expect([saved.status, saved.stderr]).toEqual([3, expect.stringContaining('origin')])
  }
  expect(existsSync(mark)).toBe(false)
})
