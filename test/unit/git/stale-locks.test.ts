import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitIn } from '../../../src/git/git.ts'
import { moveBranch, unmoveBranch } from '../../../src/git/refs.ts'
import { lockInTheWay, releaseStaleLock } from '../../../src/git/stale-locks.ts'
import { localShell } from '../../../src/shell/local.ts'

let gitDir: string
let one: string
let two: string
const held: ChildProcessWithoutNullStreams[] = []
const lock = () => join(gitDir, 'refs/heads/master.lock')

beforeEach(() => {
  gitDir = realpathSync(mkdtempSync(join(tmpdir(), 'corpus-locks-')))
  const author = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
  const git = (...words: string[]) =>
    execFileSync('git', words, {
      cwd: gitDir,
      env: { ...process.env, ...author, GIT_DIR: gitDir },
      input: '',
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet', '--bare', gitDir)
  const tree = git('mktree')
  one = git('commit-tree', '-m', 'one', tree)
  two = git('commit-tree', '-m', 'two', tree)
  git('update-ref', 'refs/heads/master', one)
})
afterEach(() => {
  for (const child of held.splice(0)) child.kill('SIGKILL')
  rmSync(gitDir, { recursive: true, force: true })
})

/** A git that holds the lock of the branch until it is told to go on. */
async function holder(): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn('git', ['update-ref', '--stdin'], { cwd: gitDir, env: { ...process.env, GIT_DIR: gitDir } })
  held.push(child)
  const said: string[] = []
  child.stdout.on('data', piece => said.push(String(piece)))
  child.stdin.write(`start\nupdate refs/heads/master ${two}\nprepare\n`)
  await expect.poll(() => said.join(''), { timeout: 20_000 }).toContain('prepare: ok')
  return child
}

test('a lock whose owner was killed is in nobody’s way', async () => {
  const child = await holder()
  expect(existsSync(lock())).toBe(true)
  const ended = new Promise(resolve => child.on('close', resolve))
  child.kill('SIGKILL')
  await ended
  expect(existsSync(lock())).toBe(true)
  expect(await moveBranch(localShell, gitDir, 'master', two, one)).toBe(true)
  expect(existsSync(lock())).toBe(false)
  writeFileSync(lock(), '')
  expect(await unmoveBranch(localShell, gitDir, { branch: 'master', refused: two, before: one }, 'x')).toBe(true)
})

test('what somebody holds stays, and is theirs to finish', async () => {
  const child = await holder()
  expect(releaseStaleLock(gitDir, lock())).toBe(false)
  expect(await moveBranch(localShell, gitDir, 'master', one, null)).toBe(false)
  const ended = new Promise(resolve => child.on('close', resolve))
  child.stdin.end('commit\n')
  expect(await ended).toBe(0)
  expect(await gitIn(localShell, { gitDir }).text('rev-parse', 'refs/heads/master')).toBe(two)
})

test('a lock of the index of a tree is one of its repository', async () => {
  const admin = join(gitDir, 'worktrees/1')
  mkdirSync(admin, { recursive: true })
  writeFileSync(join(admin, 'commondir'), '../..\n')
  writeFileSync(join(admin, 'HEAD'), `${one}\n`)
  const tree = join(gitDir, 'tree')
  mkdirSync(tree)
  writeFileSync(join(admin, 'index.lock'), '')
  const git = gitIn(localShell, { gitDir: admin, tree })
  expect((await git.outcome(['read-tree', '--reset', '-u', one])).status).toBe(0)
})

test('only a file of the repository that git names so is looked at', () => {
  const named = (path: string) => `fatal: Unable to create '${path}': File exists.\n\nAnother git process`
  expect(lockInTheWay(gitDir, gitDir, named('./refs/heads/master.lock'))).toBe(lock())
  expect(lockInTheWay(join(gitDir, 'worktrees/1'), '/', named(lock()))).toBe(lock())
  for (const path of ['/etc/shadow.lock', '../x.lock', `${gitDir}-other/x.lock`, `${gitDir}/config`])
    expect(lockInTheWay(gitDir, gitDir, named(path))).toBeNull()
  expect(lockInTheWay(gitDir, gitDir, 'fatal: bad object')).toBeNull()
  symlinkSync('/dev/null', lock())
  expect(releaseStaleLock(gitDir, lock())).toBe(false)
  expect(releaseStaleLock(gitDir, join(gitDir, 'refs/heads/none.lock'))).toBe(true)
})
