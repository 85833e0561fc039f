import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { prune, pruned } from '../../../src/disk/prune.ts'
import { emptyTrash, removeInBackground } from '../../../src/disk/remove.ts'
import { needSpace, readable, spaceAt } from '../../../src/disk/space.ts'
import { usageOf } from '../../../src/disk/usage.ts'
import { localShell as shell } from '../../../src/shell/local.ts'

let root = ''
let trash = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-disk-'))
  trash = join(root, '.trash')
})
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
const code = (name: string, message = /./) =>
  expect.objectContaining({ code: name, message: expect.stringMatching(message) })
const trashIsEmpty = () => vi.waitFor(() => expect(readdirSync(trash)).toEqual([]), { timeout: 10_000 })

test('room is told before it is needed, also where the folder is not there yet', () => {
  const { freeBytes, totalBytes } = spaceAt(join(root, 'not/yet'))
  expect(freeBytes).toBeGreaterThan(0)
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes)
  expect(() => needSpace(join(root, 'not/yet'), { what: 'the build', bytes: 1, reserveBytes: 0 })).not.toThrow()
  expect(() => needSpace(root, { what: 'the build', bytes: totalBytes })).toThrow(
    code('DISK_LOW', /the build needs .* on the disk of .*, which has .* free/),
  )
  expect(() => needSpace(root, { what: 'the build', bytes: 0, reserveBytes: totalBytes })).toThrow(code('DISK_LOW'))
  const many = Number.MAX_SAFE_INTEGER
  if (spaceAt(root).freeFiles < many)
    expect(() => needSpace(root, { what: 'the build', bytes: 0, files: many })).toThrow(code('DISK_LOW', /files/))
})

test('bytes are shown as a person reads them', () => {
  expect([0, 1, 1023, 1024, 1536, 150 * 1024, 5 * 1024 ** 3, 1024 ** 6].map(readable)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '150 KiB',
    '5.0 GiB',
    '1024 PiB',
  ])
})

test('a folder is gone at once and deleted soon, with what an interrupted deleting left', async () => {
  mkdirSync(join(root, 'release/deep/er'), { recursive: true })
  writeFileSync(join(root, 'release/deep/er/file'), 'x')
  mkdirSync(join(trash, 'left-over'), { recursive: true })
  expect(await removeInBackground(shell, join(root, 'release'), trash)).toBe(true)
  expect(existsSync(join(root, 'release'))).toBe(false)
  await trashIsEmpty()
  expect(await removeInBackground(shell, join(root, 'release'), trash)).toBe(false)
})

test('read-only folders and hostile names are deleted too, and only they', async () => {
  writeFileSync(join(root, 'bystander'), 'x')
  const odd = join(root, '-rf $(touch x) \n"\' *')
  mkdirSync(join(odd, 'ro'), { recursive: true })
  writeFileSync(join(odd, 'ro/file'), 'x')
  chmodSync(join(odd, 'ro'), 0o555)
  await removeInBackground(shell, odd, trash)
  await trashIsEmpty()
  expect(readdirSync(root).sort()).toEqual(['.trash', 'bystander'])
})

test('a link is removed, never what it points to', async () => {
  mkdirSync(join(root, 'kept'))
  symlinkSync('kept', join(root, 'link'))
  await removeInBackground(shell, join(root, 'link'), trash)
  await trashIsEmpty()
  expect(readdirSync(root).sort()).toEqual(['.trash', 'kept'])
})

test('the deleting does not keep the command alive, and goes on when it has ended', async () => {
  mkdirSync(join(root, 'big'))
  for (let i = 0; i < 2000; i++) writeFileSync(join(root, `big/${i}`), '')
  const script = `
    import { removeInBackground } from ${JSON.stringify(join(process.cwd(), 'src/disk/remove.ts'))}
    import { localShell } from ${JSON.stringify(join(process.cwd(), 'src/shell/local.ts'))}
    await removeInBackground(localShell, ${JSON.stringify(join(root, 'big'))}, ${JSON.stringify(trash)})`
  execFileSync(process.execPath, ['--input-type=module', '--eval', script])
  expect(existsSync(join(root, 'big'))).toBe(false)
  await trashIsEmpty()
})

test('places that must not be removed are refused', async () => {
  for (const path of ['/', 'relative', root, trash])
    await expect(removeInBackground(shell, path, trash)).rejects.toThrow(code('REMOVE_REFUSED'))
  await emptyTrash(shell, join(root, 'absent'))
  expect(readdirSync(root)).toEqual([])
})

test('the newest stay, and those in use, and what a link points to', async () => {
  const releases = join(root, 'releases')
  for (const name of ['r1', 'r2', 'r3', 'r4', 'r5', '.new', 'notes'])
    mkdirSync(join(releases, name, 'tree'), { recursive: true })
  symlinkSync('r1', join(releases, 'current'))
  symlinkSync(join(releases, 'r2/tree'), join(releases, 'serving'))
  const isCandidate = (name: string) => name.startsWith('r')
  const options = { shell, folder: releases, trash, isCandidate }
  expect(pruned({ ...options, keep: 0, inUse: [] })).toEqual(['r3', 'r4', 'r5'])
  expect(pruned({ ...options, keep: 9, inUse: [] })).toEqual([])
  expect(await prune({ ...options, keep: 1, inUse: ['r3', 'gone'] })).toEqual(['r4'])
  expect(readdirSync(releases).sort()).toEqual(['.new', 'current', 'notes', 'r1', 'r2', 'r3', 'r5', 'serving'])
  expect(await prune({ ...options, folder: join(root, 'absent'), keep: 1, inUse: [] })).toEqual([])
  await trashIsEmpty()
})

test('what folders take is measured, a file with two names once', async () => {
  mkdirSync(join(root, 'a b'))
  mkdirSync(join(root, 'c'))
  writeFileSync(join(root, 'a b/file'), Buffer.alloc(1_000_000, 'x'))
  linkSync(join(root, 'a b/file'), join(root, 'c/file'))
  const [first, second, third] = await usageOf(shell, [join(root, 'a b'), join(root, 'c'), join(root, 'absent')])
  expect(first?.bytes).toBeGreaterThan(900_000)
  expect(second?.bytes).toBeLessThan(100_000)
  expect(third?.bytes).toBe(0)
  expect(await usageOf(shell, [])).toEqual([])
})
