import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringAhead, type Start } from '../../../src/git/ahead.ts'
import { gitIn } from '../../../src/git/git.ts'
import { prepareSpare, spareOrigin, takeSpare } from '../../../src/git/spare.ts'
import { adoptTree, bringTo, type TreePlace } from '../../../src/git/tree.ts'
import { localShell } from '../../../src/shell/local.ts'

let top: string
let spare: string
let projectGit: string
let commits: string[]

const start: Start = async command => (await localShell.run(command)).status
const place = (id: string): TreePlace => ({ projectGit, id, tree: join(top, 'trees', id) })

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
  await bringTo(localShell, place('r1'), null, first, null)
  await prepareSpare(localShell, spare, place('r1'), { release: 'r1', commit: first, kind: 'copied' }, null)
})

afterEach(() => rmSync(top, { recursive: true, force: true }))

const parents = (before: readonly string[]) => before.slice(-1).flatMap(commit => ['-p', commit])

test('a copy that is ahead has the files and the index of the new commit, and git finds nothing changed in it', async () => {
  const [first, second] = commits as [string, string]
  const ahead = bringAhead(start, spare, projectGit, { release: 'r1', commit: first }, second)
  expect(await ahead?.done).toBe(true)
  takeSpare(spare, place('r2'))
  adoptTree(place('r2'), second)
  expect(readFileSync(join(top, 'trees', 'r2', 'a file'), 'utf8')).toBe('second')
  const git = gitIn(localShell, { gitDir: join(projectGit, 'worktrees', 'r2'), tree: join(top, 'trees', 'r2') })
  expect(await git.text('status', '--porcelain')).toBe('')
  expect(readFileSync(join(top, 'trees', 'r1', 'a file'), 'utf8')).toBe('first')
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
  writeFileSync(join(spare, 'origin'), JSON.stringify({ release: 'r1', commit: first, kind: 'copied' }))
  const broken: Start = () => Promise.reject(new Error('no process'))
  expect(await bringAhead(broken, spare, projectGit, { release: 'r1', commit: first }, missing)?.done).toBe(false)
})
