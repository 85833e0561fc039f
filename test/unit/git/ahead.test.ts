import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringAhead, insist, takeBack } from '../../../src/git/ahead.ts'
import { gitIn } from '../../../src/git/git.ts'
import { handOver, prepareSpare, spareOrigin, takeIndex } from '../../../src/git/spare.ts'
import { adoptTree, bringTo, type TreePlace } from '../../../src/git/tree.ts'
import { localShell } from '../../../src/shell/local.ts'
import type { Start } from '../../../src/shell/shell.ts'

let top: string
let spare: string
let projectGit: string
let commits: string[]

const start: Start = async command => (await localShell.run(command)).status
const place = (id: string): TreePlace => ({ projectGit, id, tree: join(top, 'trees', id, 'project') })

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), 'corpus-ahead-'))
  spare = join(top, 'spare')
  projectGit = join(top, 'project.git')
  const work = join(top, 'work')
  const git = (...argv: string[]) =>
    gitIn(localShell, { gitDir: projectGit, tree: work, index: join(top, 'index') }).text(...argv)
  mkdirSync(work)
  await gitIn(localShell, { gitDir: projectGit }).outcome(['init', '--quiet', '--bare', projectGit], { cwd: top })
  // As in every repository of a project: copies have other change times.
  await git('config', 'core.checkStat', 'minimal')
  await git('config', 'core.trustctime', 'false')
  commits = []
  for (const text of ['first', 'second']) {
    writeFileSync(join(work, 'a file'), text)
    writeFileSync(join(work, `${text}.txt`), text)
    await git('add', '-A')
    const tree = await git('write-tree')
    commits.push(
      await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', text, tree, ...parents(commits)),
    )
  }
  const [first] = commits as [string]
  mkdirSync(place('r1').tree, { recursive: true })
  adoptTree(place('r1'), first)
  await bringTo(localShell, place('r1'), null, first)
  await prepareSpare(localShell, spare, place('r1'), { release: 'r1', commit: first, kind: 'copied', uid: null }, null)
})

afterEach(() => rmSync(top, { recursive: true, force: true }))

const parents = (before: readonly string[]) => before.slice(-1).flatMap(commit => ['-p', commit])

test('a copy that is ahead has the files and the index of the new commit, and git finds nothing changed in it', async () => {
  const [first, second] = commits as [string, string]
  const ahead = bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, second)
  expect(await ahead?.done).toBe(true)
  takeIndex(spare, { ...place('r2'), tree: join(spare, 'project') })
  handOver(spare, dirname(place('r2').tree))
  adoptTree(place('r2'), second)
  expect(readFileSync(join(place('r2').tree, 'a file'), 'utf8')).toBe('second')
  const git = gitIn(localShell, { gitDir: join(projectGit, 'worktrees', 'r2'), tree: place('r2').tree })
  expect(await git.text('status', '--porcelain')).toBe('')
  expect(readFileSync(join(place('r1').tree, 'a file'), 'utf8')).toBe('first')
})

test('while it is on its way, and when nobody takes it, it is no copy of anything', async () => {
  const [first, second] = commits as [string, string]
  const ahead = bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, second)
  expect(spareOrigin(spare)).toBeUndefined()
  await ahead?.done
  expect(spareOrigin(spare)).toBeUndefined()
})

test('it is left alone where it is a copy of something else, or stands there already', () => {
  const [first, second] = commits as [string, string]
  expect(bringAhead(start, spare, projectGit, { release: 'r0', commit: first }, second)).toBeNull()
  expect(bringAhead(start, spare, projectGit, { release: 'r1', commit: second }, first)).toBeNull()
  expect(bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, first)).toBeNull()
  expect(spareOrigin(spare)?.release).toBe('r1')
  expect(bringAhead(start, join(top, 'none'), projectGit, { release: 'r1', commit: first }, second)).toBeNull()
})

test('git that fails, or cannot be started, is said, and never thrown', async () => {
  const [first] = commits as [string]
  const missing = 'f'.repeat(40)
  expect(await bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, missing)?.done).toBe(false)
  expect(existsSync(join(spare, 'project', 'first.txt'))).toBe(true)
  writeFileSync(join(spare, 'copy-of'), JSON.stringify({ release: 'r1', commit: first, kind: 'copied' }))
  const broken: Start = () => Promise.reject(new Error('no process'))
  expect(await bringAhead(broken, spare, projectGit, { release: 'r1', commit: first }, missing)?.done).toBe(false)
})

test('a commit that is still in quarantine is reached, and what does not come is taken back', async () => {
  const [first, second] = commits as [string, string]
  const quarantine = 'tmp_objdir-incoming-x'
  hide(second, quarantine)
  const from = { release: 'r1', commit: first }
  expect(await bringAhead(start, spare, projectGit, from, second)?.done).toBe(false)
  writeFileSync(join(spare, 'copy-of'), readFileSync(join(spare, 'moving')))
  const ahead = bringAhead(start, spare, projectGit, from, second, quarantine)
  expect(await ahead?.done).toBe(true)
  expect(readFileSync(join(spare, 'project', 'a file'), 'utf8')).toBe('second')
  if (ahead) await takeBack(start, ahead)
  expect(spareOrigin(spare)).toMatchObject({ release: 'r1', commit: first })
  expect(readFileSync(join(spare, 'project', 'a file'), 'utf8')).toBe('first')
  expect(existsSync(join(spare, 'project', 'second.txt'))).toBe(false)
})

test('what was added to a copy counts as there until git has moved it to and fro: a commit may have had such a file', async () => {
  const [first, second] = commits as [string, string]
  const origin = { release: 'r1', commit: first, kind: 'copied', uid: null, dress: 'none.kind' } as const
  await prepareSpare(localShell, spare, place('r1'), origin, null)
  expect(spareOrigin(spare)?.dress).toBe('none.kind')
  // As procedure files are: not git's, until a commit brings one of that name.
  writeFileSync(join(spare, 'project', 'second.txt'), 'added')
  const ahead = bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, second)
  expect(ahead?.origin.dress).toBe('none.kind')
  if (ahead) await takeBack(start, insist(start, ahead))
  expect(existsSync(join(spare, 'project', 'second.txt'))).toBe(false)
  expect(spareOrigin(spare)).toEqual({ release: 'r1', commit: first, kind: 'copied', uid: null })
})

test('a path that git would take for several stores gives no head start', () => {
  const [first, second] = commits as [string, string]
  const from = { release: 'r1', commit: first }
  expect(bringAhead(start, spare, '/srv/a:b/project.git', from, second, 'tmp_objdir-incoming-x')).toBeNull()
  expect(spareOrigin(spare)).toMatchObject(from)
})

test('where git missed an object that was being moved, it is sent again', async () => {
  const [first, second] = commits as [string, string]
  const quarantine = 'tmp_objdir-incoming-y'
  hide(second, quarantine)
  const ahead = bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, second)
  expect(await ahead?.done).toBe(false)
  renameSync(objectPath(second, quarantine), objectPath(second))
  expect(ahead && (await insist(start, ahead).done)).toBe(true)
  expect(readFileSync(join(spare, 'project', 'a file'), 'utf8')).toBe('second')
})

test('what cannot be taken back is a copy of nothing', async () => {
  const [first, second] = commits as [string, string]
  const ahead = bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, second)
  await ahead?.done
  if (ahead) await takeBack(async () => 1, ahead)
  expect(spareOrigin(spare)).toBeUndefined()
})

const objectPath = (id: string, store = '') => join(projectGit, 'objects', store, id.slice(0, 2), id.slice(2))

/** Moves an object to where only those find it who are told. */
function hide(id: string, quarantine: string): void {
  mkdirSync(dirname(objectPath(id, quarantine)), { recursive: true })
  renameSync(objectPath(id), objectPath(id, quarantine))
}
