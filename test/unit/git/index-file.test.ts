import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitIn } from '../../../src/git/git.ts'
import { linksInIndex } from '../../../src/git/index-file.ts'
import { localShell } from '../../../src/shell/local.ts'

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-index-'))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

const at = (name: string): Buffer => Buffer.concat([Buffer.from(`${top}/tree/`), Buffer.from(name, 'latin1')])
const index = () => readFileSync(join(top, 'index'))

async function indexOf(format: string, version: string, links: readonly string[], files: readonly string[]) {
  mkdirSync(join(top, 'tree', 'folder'), { recursive: true })
  for (const name of links) symlinkSync('somewhere', at(name))
  for (const name of files) writeFileSync(at(name), name)
  const argv = ['/usr/bin/git', 'init', '-q', '--bare', `--object-format=${format}`, join(top, 'git')] as const
  expect((await localShell.run({ argv })).status).toBe(0)
  const git = gitIn(localShell, { gitDir: join(top, 'git'), tree: join(top, 'tree'), index: join(top, 'index') })
  await git.text('config', 'index.version', version)
  await git.text('add', '-A')
  return git
}

const links = ['a', 'folder/b', 'caf\xe9', 'l'.repeat(255), `folder/${'n'.repeat(200)}`]
const files = ['0', 'folder/file', 'z', ...Array.from({ length: 20 }, (_, n) => `folder/${'x'.repeat(n)}y`)]

test.each([
  ['sha1', '2'],
  ['sha1', '3'],
  ['sha256', '2'],
])('the links in an index with names of %s, version %s, are those that git says', async (format, version) => {
  const git = await indexOf(format, version, links, files)
  if (version === '3') await git.text('update-index', '--skip-worktree', 'z', 'a')
  expect(linksInIndex(index())?.sort()).toEqual([...links].sort())
})

test('of an index that is laid out in another way, git is asked', async () => {
  await indexOf('sha1', '4', links, files)
  expect(linksInIndex(index())).toBeUndefined()
  expect(linksInIndex(Buffer.from('no index'))).toBeUndefined()
})

test('an index that is cut short, or has something unknown at its end, is not believed', async () => {
  await indexOf('sha1', '2', links, files)
  const whole = index()
  for (const length of [20, 100, whole.length - 1, whole.length - 40])
    expect([length, linksInIndex(whole.subarray(0, length))]).toEqual([length, undefined])
  const extension = Buffer.concat([Buffer.from('link'), Buffer.alloc(4)])
  const split = Buffer.concat([whole.subarray(0, -20), extension, whole.subarray(-20)])
  expect(linksInIndex(split)).toBeUndefined()
})
