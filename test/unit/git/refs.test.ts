import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Git, gitIn } from '../../../src/git/git.ts'
import { keepCommits } from '../../../src/git/refs.ts'
import { localShell } from '../../../src/shell/local.ts'

let gitDir: string
let git: Git
let commit: string
beforeEach(async () => {
  gitDir = mkdtempSync(join(tmpdir(), 'corpus-refs-'))
  git = gitIn(localShell, { gitDir })
  await git.text('init', '--quiet', '--bare', gitDir)
  const env = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
  const tree = Buffer.from((await git.outcome(['mktree'], { input: '' })).stdout)
    .toString()
    .trim()
  commit = Buffer.from((await git.outcome(['commit-tree', '-m', 'x', tree], { env })).stdout)
    .toString()
    .trim()
})
afterEach(() => rmSync(gitDir, { recursive: true, force: true }))

test('commits stay as long as their release is kept, refused ones as long as their deployment is known', async () => {
  for (const ref of ['releases/1', 'failed/2', 'failed/3']) await git.text('update-ref', `refs/corpus/${ref}`, commit)
  await git.text('update-ref', 'refs/heads/master', commit)
  await keepCommits(localShell, gitDir, new Map([['4', commit]]), new Set(['3', '4']))
  expect((await git.text('for-each-ref', '--format=%(refname)')).trim().split('\n')).toEqual([
    'refs/corpus/failed/3',
    'refs/corpus/releases/4',
    'refs/heads/master',
  ])
})
