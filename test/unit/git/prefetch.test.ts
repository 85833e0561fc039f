import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitIn } from '../../../src/git/git.ts'
import { prefetchTree, retry, takeBack } from '../../../src/git/prefetch.ts'
import { handOver, preparedOrigin, prepareTree, takeIndex } from '../../../src/git/prepared-tree.ts'
import { adoptTree, bringTo, type TreePlace } from '../../../src/git/tree.ts'
import { localShell } from '../../../src/shell/local.ts'
import type { Start } from '../../../src/shell/shell.ts'

let top: string
let preparedTree: string
let projectGit: string
let commits: string[]

const start: Start = async command => (await localShell.run(command)).status
const place = (id: string): TreePlace => ({ projectGit, id, tree: join(top, 'trees', id, 'project') })

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), 'corpus-prefetch-'))
  preparedTree = join(top, 'spare')
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
  await prepareTree(
    localShell,
    preparedTree,
    place('r1'),
    { release: 'r1', commit: first, kind: 'copied', uid: null },
    null,
  )
})

afterEach(() => rmSync(top, { recursive: true, force: true }))

const parents = (before: readonly string[]) => before.slice(-1).flatMap(commit => ['-p', commit])

test('a copy that was prefetched has the files and the index of the new commit, and git finds nothing changed in it', async () => {
  const [first, second] = commits as [string, string]
  const prefetched = prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, second)
  expect(await prefetched?.done).toBe(true)
  takeIndex(preparedTree, { ...place('r2'), tree: join(preparedTree, 'project') })
  handOver(preparedTree, dirname(place('r2').tree))
  adoptTree(place('r2'), second)
  expect(readFileSync(join(place('r2').tree, 'a file'), 'utf8')).toBe('second')
  const git = gitIn(localShell, { gitDir: join(projectGit, 'worktrees', 'r2'), tree: place('r2').tree })
  expect(await git.text('status', '--porcelain')).toBe('')
  expect(readFileSync(join(place('r1').tree, 'a file'), 'utf8')).toBe('first')
})

test('while it is on its way, and when nobody takes it, it is no copy of anything', async () => {
  const [first, second] = commits as [string, string]
  const prefetched = prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, second)
  expect(preparedOrigin(preparedTree)).toBeUndefined()
  await prefetched?.done
  expect(preparedOrigin(preparedTree)).toBeUndefined()
})

test('it is left alone where it is a copy of something else, or stands there already', () => {
  const [first, second] = commits as [string, string]
  expect(prefetchTree(start, preparedTree, projectGit, { release: 'r0', commit: first }, second)).toBeNull()
  expect(prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: second }, first)).toBeNull()
  expect(prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, first)).toBeNull()
  expect(preparedOrigin(preparedTree)?.release).toBe('r1')
  expect(prefetchTree(start, join(top, 'none'), projectGit, { release: 'r1', commit: first }, second)).toBeNull()
})

test('git that fails, or cannot be started, is said, and never thrown', async () => {
  const [first] = commits as [string]
  const missing = 'f'.repeat(40)
  expect(await prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, missing)?.done).toBe(
    false,
  )
  expect(existsSync(join(preparedTree, 'project', 'first.txt'))).toBe(true)
  writeFileSync(join(preparedTree, 'copy-of'), JSON.stringify({ release: 'r1', commit: first, kind: 'copied' }))
  const broken: Start = () => Promise.reject(new Error('no process'))
  expect(await prefetchTree(broken, preparedTree, projectGit, { release: 'r1', commit: first }, missing)?.done).toBe(
    false,
  )
})

test('a commit that is still in quarantine is reached, and what does not come is taken back', async () => {
  const [first, second] = commits as [string, string]
  const quarantine = 'tmp_objdir-incoming-x'
  hide(second, quarantine)
  const from = { release: 'r1', commit: first }
  expect(await prefetchTree(start, preparedTree, projectGit, from, second)?.done).toBe(false)
  writeFileSync(join(preparedTree, 'copy-of'), readFileSync(join(preparedTree, 'moving')))
  const prefetched = prefetchTree(start, preparedTree, projectGit, from, second, quarantine)
  expect(await prefetched?.done).toBe(true)
  expect(readFileSync(join(preparedTree, 'project', 'a file'), 'utf8')).toBe('second')
  if (prefetched) await takeBack(start, prefetched)
  expect(preparedOrigin(preparedTree)).toMatchObject({ release: 'r1', commit: first })
  expect(readFileSync(join(preparedTree, 'project', 'a file'), 'utf8')).toBe('first')
  expect(existsSync(join(preparedTree, 'project', 'second.txt'))).toBe(false)
})

test('what was added to a copy counts as there until git has moved it to and fro: a commit may have had such a file', async () => {
  const [first, second] = commits as [string, string]
  const origin = { release: 'r1', commit: first, kind: 'copied', uid: null, generated: 'none.kind' } as const
  await prepareTree(localShell, preparedTree, place('r1'), origin, null)
  expect(preparedOrigin(preparedTree)?.generated).toBe('none.kind')
  // As procedure files are: not git's, until a commit brings one of that name.
  writeFileSync(join(preparedTree, 'project', 'second.txt'), 'added')
  const prefetched = prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, second)
  expect(prefetched?.origin.generated).toBe('none.kind')
  if (prefetched) await takeBack(start, retry(start, prefetched))
  expect(existsSync(join(preparedTree, 'project', 'second.txt'))).toBe(false)
  expect(preparedOrigin(preparedTree)).toEqual({ release: 'r1', commit: first, kind: 'copied', uid: null })
})

test('a path that git would take for several stores gives no head start', () => {
  const [first, second] = commits as [string, string]
  const from = { release: 'r1', commit: first }
  expect(prefetchTree(start, preparedTree, '/srv/a:b/project.git', from, second, 'tmp_objdir-incoming-x')).toBeNull()
  expect(preparedOrigin(preparedTree)).toMatchObject(from)
})

test('where git missed an object that was being moved, it is sent again', async () => {
  const [first, second] = commits as [string, string]
  const quarantine = 'tmp_objdir-incoming-y'
  hide(second, quarantine)
  const prefetched = prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, second)
  expect(await prefetched?.done).toBe(false)
  renameSync(objectPath(second, quarantine), objectPath(second))
  expect(prefetched && (await retry(start, prefetched).done)).toBe(true)
  expect(readFileSync(join(preparedTree, 'project', 'a file'), 'utf8')).toBe('second')
})

test('what cannot be taken back is a copy of nothing', async () => {
  const [first, second] = commits as [string, string]
  const prefetched = prefetchTree(start, preparedTree, projectGit, { release: 'r1', commit: first }, second)
  await prefetched?.done
  if (prefetched) await takeBack(async () => 1, prefetched)
  expect(preparedOrigin(preparedTree)).toBeUndefined()
})

const objectPath = (id: string, store = '') => join(projectGit, 'objects', store, id.slice(0, 2), id.slice(2))

/** Moves an object to where only those find it who are told. */
function hide(id: string, quarantine: string): void {
  mkdirSync(dirname(objectPath(id, quarantine)), { recursive: true })
  renameSync(objectPath(id), objectPath(id, quarantine))
}
