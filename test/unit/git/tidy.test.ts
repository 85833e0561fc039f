import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Git, gitIn } from '../../../src/git/git.ts'
import { tidyObjects } from '../../../src/git/tidy.ts'
import { localShell } from '../../../src/shell/local.ts'

let gitDir: string
let git: Git
const packs = () => readdirSync(join(gitDir, 'objects', 'pack')).filter(name => name.endsWith('.pack')).length

beforeEach(async () => {
  gitDir = mkdtempSync(join(tmpdir(), 'corpus-tidy-'))
  git = gitIn(localShell, { gitDir })
  await git.text('init', '--quiet', '--bare', gitDir)
  // As in every repository of a project.
  for (const setting of ['receive.autogc', 'gc.auto']) await git.text('config', setting, '0')
})
afterEach(() => rmSync(gitDir, { recursive: true, force: true }))

/** A history of which each commit stands in a pack of its own. */
async function pushed(times: number): Promise<string> {
  const env = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
  const tree = await git.outcome(['mktree'], { input: '' })
  let commit = ''
  for (let at = 0; at < times; at++) {
    const parents = commit === '' ? [] : ['-p', commit]
    const made = await git.outcome(
      ['commit-tree', '-m', `${at}`, ...parents, Buffer.from(tree.stdout).toString().trim()],
      { env },
    )
    commit = Buffer.from(made.stdout).toString().trim()
    await git.outcome(['pack-objects', '-q', join(gitDir, 'objects', 'pack', 'pack')], { input: `${commit}\n` })
  }
  await git.text('update-ref', 'refs/heads/master', commit)
  return commit
}

test('what many pushes left is packed, and nothing is lost', async () => {
  const commit = await pushed(51)
  expect(packs()).toBe(51)
  await tidyObjects(localShell, gitDir)
  expect(packs()).toBe(1)
  expect(await git.text('rev-list', '--count', commit)).toBe('51')
})

test('a few packs stay as they are', async () => {
  await pushed(3)
  await tidyObjects(localShell, gitDir)
  expect(packs()).toBe(3)
})

test('what a push left that was cut goes after a day; one that may still be under way stays', async () => {
  const [old, fresh] = ['tmp_objdir-incoming-old', 'tmp_objdir-incoming-new'].map(name => join(gitDir, 'objects', name))
  for (const folder of [old, fresh]) {
    mkdirSync(join(folder ?? '', 'pack'), { recursive: true })
    writeFileSync(join(folder ?? '', 'pack', 'tmp_pack'), 'half')
  }
  const longAgo = Date.now() / 1000 - 25 * 3600
  utimesSync(old ?? '', longAgo, longAgo)
  await tidyObjects(localShell, gitDir)
  expect([old, fresh].map(folder => existsSync(folder ?? ''))).toEqual([false, true])
})
