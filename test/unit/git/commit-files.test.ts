import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commitFiles, topEntry } from '../../../src/git/commit-files.ts'
import { gitIn } from '../../../src/git/git.ts'
import { localShell } from '../../../src/shell/local.ts'

let top: string
let commit: string
const gitDir = () => join(top, 'git')
const git = (...argv: string[]) =>
  gitIn(localShell, { gitDir: gitDir(), tree: join(top, 'work'), index: join(top, 'index') }).text(...argv)

beforeEach(async () => {
  top = mkdtempSync(join(tmpdir(), 'corpus-commit-'))
  mkdirSync(join(top, 'work', 'sub', 'deep'), { recursive: true })
  const argv = ['/usr/bin/git', 'init', '-q', '--bare', gitDir()] as const
  expect((await localShell.run({ argv })).status).toBe(0)
  for (const [name, text] of Object.entries({ Procfile: 'web: x\n', grün: 'g', 'sub/deep/file': 'deep' }))
    writeFileSync(join(top, 'work', name), text)
  symlinkSync('/etc/passwd', join(top, 'work', 'link'))
  await git('add', '-A')
  commit = await git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit-tree', '-m', 'one', await git('write-tree'))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

describe.each(['loose', 'packed'])('a commit whose objects are %s', how => {
  beforeEach(async () => {
    if (how === 'loose') return
    await git('update-ref', 'refs/heads/master', commit)
    await git('repack', '-adq')
    await git('prune-packed')
  })

  test('has its files, as a folder would', () => {
    const files = commitFiles(localShell, gitDir(), commit)
    expect(files.names()).toEqual(['Procfile', 'grün', 'link', 'sub'])
    expect(files.names('sub')).toEqual(['deep'])
    expect(files.names('sub/deep')).toEqual(['file'])
    expect(files.names('none')).toEqual([])
    expect(files.names('Procfile')).toEqual([])
    expect(files.text('Procfile')).toBe('web: x\n')
    expect(files.text('sub/deep/file')).toBe('deep')
    expect(files.text('grün')).toBe('g')
    for (const none of ['sub', 'link', 'none', 'none/deeper', 'Procfile/x']) expect(files.text(none)).toBeUndefined()
    expect(['link', 'sub', 'sub/deep/file', 'none', 'Procfile/x'].map(files.has)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })

  test('has an entry at its top, with the mode that git gives it', async () => {
    expect(await topEntry(localShell, gitDir(), commit, 'link')).toMatchObject({ mode: '120000' })
    expect(await topEntry(localShell, gitDir(), commit, 'sub')).toEqual({
      mode: '40000',
      name: 'sub',
      id: await git('rev-parse', `${commit}:sub`),
    })
    expect(await topEntry(localShell, gitDir(), commit, '.salt')).toBeNull()
  })
})
