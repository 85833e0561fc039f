import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Sync, syncTree, syncVector } from '../../../src/artifacts/sync.ts'
import { localShell } from '../../../src/shell/local.ts'
import { lookedUp } from '../../../src/shell/programs.ts'
import type { Shell } from '../../../src/shell/shell.ts'

let root = ''
let from = ''
let to = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-sync-'))
  from = join(root, 'deploy')
  to = join(root, 'project')
  for (const folder of [from, to, join(from, 'sub')]) mkdirSync(folder)
  writeFileSync(join(from, 'sub/new'), 'new')
  writeFileSync(join(from, 'same'), 'same')
  writeFileSync(join(to, 'same'), 'same')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
const sync = (more: Partial<Sync> = {}) => syncTree({ shell: localShell, from, to, ...more })

test('a tree becomes exactly the other: content, modes and links, and nothing more', async () => {
  writeFileSync(join(from, 'run'), 'x', { mode: 0o755 })
  symlinkSync('sub/new', join(from, 'link'))
  mkdirSync(join(to, 'gone/deep'), { recursive: true })
  writeFileSync(join(to, 'gone/deep/file'), 'x')
  writeFileSync(join(to, 'sub'), 'a file where a folder comes')
  chmodSync(join(to, 'same'), 0o600)
  const { changed, deleted } = await sync()
  expect(() => execFileSync('diff', ['-r', '--no-dereference', from, to])).not.toThrow()
  expect(statSync(join(to, 'run')).mode & 0o777).toBe(0o755)
  expect(statSync(join(to, 'same')).mode & 0o777).toBe(0o644)
  expect(readlinkSync(join(to, 'link'))).toBe('sub/new')
  expect(changed.sort()).toEqual(['link -> sub/new', 'run', 'sub/', 'sub/new'])
  expect(deleted.sort()).toContain('gone/')
})

test('a file of the same size and time but other content is seen', async () => {
  writeFileSync(join(from, 'f'), 'one')
  writeFileSync(join(to, 'f'), 'two')
  for (const path of [join(from, 'f'), join(to, 'f')]) utimesSync(path, 1000, 1000)
  expect((await sync()).changed).toContain('f')
  expect(readFileSync(join(to, 'f'), 'utf8')).toBe('one')
})

test('what did not change keeps its inode and time, and a second time changes nothing', async () => {
  utimesSync(join(to, 'same'), 1000, 1000)
  const before = statSync(join(to, 'same'))
  await sync()
  expect(await sync()).toEqual({ changed: [], deleted: [] })
  const after = statSync(join(to, 'same'))
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs])
})

test('a tree that shares files by hard links keeps its own', async () => {
  mkdirSync(join(root, 'other'))
  writeFileSync(join(to, 'f'), 'old')
  linkSync(join(to, 'f'), join(root, 'other/f'))
  writeFileSync(join(from, 'f'), 'new')
  await sync()
  expect(readFileSync(join(root, 'other/f'), 'utf8')).toBe('old')
})

test('the working copy keeps its .git, and only at the top', async () => {
  for (const path of [join(to, '.git'), join(from, '.git'), join(to, 'gone/.git')]) mkdirSync(path, { recursive: true })
  writeFileSync(join(to, '.git/HEAD'), 'mine')
  writeFileSync(join(from, '.git/HEAD'), 'foreign')
  await sync()
  expect(readFileSync(join(to, '.git/HEAD'), 'utf8')).toBe('mine')
  expect(existsSync(join(to, 'gone'))).toBe(false)
})

test('folders whose names look like options or hosts are folders', async () => {
  const odd = join(root, '-e sh:x y')
  mkdirSync(odd)
  await sync({ to: odd })
  expect(readdirSync(odd).sort()).toEqual(['same', 'sub'])
  expect(syncVector({ from: 'a/', to: 'b' }).slice(-3)).toEqual(['--', 'a/', 'b/'])
})

test('nothing to take from is an error and deletes nothing', async () => {
  await expect(sync({ from: join(root, 'absent') })).rejects.toThrow(expect.objectContaining({ code: 'SYNC_FAILED' }))
  expect(readdirSync(to)).toEqual(['same'])
})

test('a missing rsync is named with a way out', async () => {
  // As on a machine without it.
  const shell: Shell = {
    ...localShell,
    run: ({ argv: [, ...words], ...command }) =>
      localShell.run({ ...command, argv: [lookedUp(join(root, 'rsync')), ...words] }),
  }
  await expect(sync({ shell })).rejects.toThrow(
    expect.objectContaining({ code: 'TOOL_MISSING', message: 'rsync is not installed.' }),
  )
})
