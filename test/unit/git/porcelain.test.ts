/** git's porcelain in repositories that were made to mislead it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changedFiles, commitLines, commitsBetween, diffStat, diffText, fetchAll } from '../../../src/git/porcelain.ts'
import { commitId, isFetchUrl } from '../../../src/kernel/names.ts'

let folder: string
let gitDir: string
const env = {
  ...process.env,
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.org',
}
const git = (author: string, ...args: string[]) =>
  execFileSync('git', ['-C', folder, ...args], { env: { ...env, GIT_AUTHOR_NAME: author }, encoding: 'utf8' }).trim()
let first = commitId('0'.repeat(40))
let second = first

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-porcelain-'))
  gitDir = join(folder, '.git')
  git('Ann', 'init', '-q', '-b', 'main')
  writeFileSync(join(folder, 'a file | 3 +++'), 'one\n')
  writeFileSync(join(folder, '.gitattributes'), '* diff=evil\n')
  git('Ann', 'add', '-A')
  git('Ann', 'commit', '-q', '-m', 'First òòòòòò ò | one')
  first = commitId(git('Ann', 'rev-parse', 'HEAD'))
  writeFileSync(join(folder, 'a file | 3 +++'), 'two\n')
  writeFileSync(join(folder, 'bytes'), Buffer.from([0, 1, 2]))
  git('Ann', 'add', '-A')
  git('Bob \u001b[31m ò x', 'commit', '-q', '-m', '--output=stolen')
  second = commitId(git('Ann', 'rev-parse', 'HEAD'))
  git('Ann', 'tag', '-a', '-m', 'x', 'v1.0')
  // What its owner, or a person's own configuration, would have git run.
  for (const [key, value] of [
    ['diff.external', `touch ${folder}/ran-external`],
    ['diff.evil.textconv', `touch ${folder}/ran-textconv; cat`],
    ['core.pager', `touch ${folder}/ran-pager`],
  ] as const)
    git('Ann', 'config', key, value)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('author, subject and tags come whole, whatever stands in them, and none for a commit that is not there', async () => {
  const missing = 'f'.repeat(40)
  const lines = await commitLines(gitDir, [first, second, missing])
  expect(lines.get(first)).toMatchObject({ author: 'Ann', subject: 'First òòòòòò ò | one', tags: [] })
  expect(lines.get(second)).toMatchObject({ author: 'Bob  [31m ò x', subject: '--output=stolen', tags: ['v1.0'] })
  expect(lines.has(missing)).toBe(false)
  expect(await commitLines(gitDir, [])).toEqual(new Map())
})

test('what lies between two commits is told in both directions', async () => {
  const forth = await commitsBetween(gitDir, first, second, 10)
  expect(forth.map(({ commit, isNew }) => [commit, isNew])).toEqual([[second, true]])
  const back = await commitsBetween(gitDir, second, first, 10)
  expect(back.map(({ commit, isNew }) => [commit, isNew])).toEqual([[second, false]])
  expect(await changedFiles(gitDir, first, second)).toEqual([
    { path: 'a file | 3 +++', insertions: 1, deletions: 1 },
    { path: 'bytes', insertions: null, deletions: null },
  ])
})

test('no program that attributes or configuration name is run', async () => {
  expect(await diffText(gitDir, first, second)).toContain('-one\n+two\n')
  expect(await diffStat(gitDir, first, second)).toContain('2 files changed')
  for (const name of ['external', 'textconv', 'pager']) expect(existsSync(join(folder, `ran-${name}`))).toBe(false)
})

test('nothing but a whole commit id is a reference, and no option or program is a URL', async () => {
  for (const text of ['--output=/tmp/x', 'HEAD', 'main', '-O', 'abc', `${'a'.repeat(40)}\n`, ''])
    await expect(commitLines(gitDir, [text])).rejects.toMatchObject({ code: 'NAME_INVALID' })
  for (const url of ['--upload-pack=touch x', '-u', 'ext::sh -c x', 'fd::17', 'EXT::x', 'a\nb', ''])
    expect(isFetchUrl(url)).toBe(false)
  for (const url of ['https://example.org/a.git', 'git@example.org:a/b.git', '/srv/a.git', 'ssh://h:22/a', 'file:///a'])
    expect(isFetchUrl(url)).toBe(true)
})

test('what cannot be fetched is said in the words of git, without the password of its URL', async () => {
  const bare = join(folder, 'bare.git')
  git('Ann', 'init', '-q', '--bare', bare)
  await fetchAll(bare, folder)
  expect(execFileSync('git', ['-C', bare, 'rev-parse', 'main', 'v1.0^{commit}'], { encoding: 'utf8' })).toBe(
    `${second}\n${second}\n`,
  )
  const failed = await fetchAll(bare, 'http://ann:hidden@127.0.0.1:9/none.git').catch(error => error)
  expect(failed).toMatchObject({ code: 'GIT_FAILED' })
  expect(`${failed.message} ${failed.detail}`).not.toContain('hidden')
  expect(failed.detail).toContain('127.0.0.1')
})
