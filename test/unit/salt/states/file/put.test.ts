import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { putFile } from '../../../../../src/salt/states/file/put.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('A file that is there keeps its mode, and nothing is left beside it', () => {
  const file = join(folder, 'f')
  writeFileSync(file, 'old')
  chmodSync(file, 0o604)
  putFile(file, 'new')
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(statSync(file).mode & 0o777).toBe(0o604)
  expect(readdirSync(folder)).toEqual(['f'])
})

test('Through a link the file that it points to is written', () => {
  writeFileSync(join(folder, 'f'), 'old')
  symlinkSync('f', join(folder, 'link'))
  putFile(join(folder, 'link'), 'new')
  expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('new')
  expect(readdirSync(folder)).toEqual(['f', 'link'])
})

test('A link that points nowhere is refused', () => {
  symlinkSync('nowhere', join(folder, 'link'))
  expect(() => putFile(join(folder, 'link'), 'x')).toThrow('points nowhere')
})

test('With the disk full the old file stays', context => {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
  if (mounted.status !== 0) return context.skip(`mount(8) is not allowed here: ${mounted.stderr}`)
  try {
    const file = join(folder, 'f')
    writeFileSync(file, 'old')
    expect(() => putFile(file, 'x'.repeat(1_000_000))).toThrow(/ENOSPC/)
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['f'])
  } finally {
    spawnSync('umount', [folder])
  }
})

test('Backups are kept below their folder by the path of the file', () => {
  const file = join(folder, 'f')
  writeFileSync(file, 'old')
  putFile(file, 'new', { backupFolder: join(folder, 'backups') })
  const [name = ''] = readdirSync(join(folder, 'backups', folder))
  expect(name).toMatch(/^f_\w{3}_\w{3}_\d\d_\d\d:\d\d:\d\d_\d+_\d{4}$/)
  expect(readFileSync(join(folder, 'backups', folder, name), 'utf8')).toBe('old')
})
