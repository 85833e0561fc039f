import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  bytesBelow,
  entryBelow,
  makeFolderBelow,
  namesBelow,
  type OpenFolder,
  openBelow,
  openFolder,
  removeBelow,
  textBelow,
  writeBelow,
} from '../../../src/kernel/beneath.ts'
import { localShell } from '../../../src/shell/local.ts'

let base = ''
let folder: OpenFolder
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'corpus-beneath-'))
  mkdirSync(join(base, 'in', 'deep'), { recursive: true })
  writeFileSync(join(base, 'in', 'deep', 'file'), 'content')
  writeFileSync(join(base, 'secret'), 'secret')
  folder = openFolder(join(base, 'in'))
})
afterEach(() => {
  folder.close()
  rmSync(base, { recursive: true, force: true })
})

test('a file below is read, and what is not there is undefined', () => {
  expect(textBelow(folder, 'deep/file')).toBe('content')
  expect(textBelow(folder, 'deep/none')).toBeUndefined()
  expect(textBelow(folder, 'none/none')).toBeUndefined()
  expect(namesBelow(folder)).toEqual(['deep'])
  expect(namesBelow(folder, 'deep')).toEqual(['file'])
})

test('no link is followed, at the end or on the way', () => {
  symlinkSync(join(base, 'secret'), join(base, 'in', 'link'))
  symlinkSync(base, join(base, 'in', 'up'))
  expect(textBelow(folder, 'link')).toBeUndefined()
  expect(textBelow(folder, 'up/secret')).toBeUndefined()
  expect(entryBelow(folder, 'link')?.isSymbolicLink()).toBe(true)
  expect(entryBelow(folder, 'up/secret')).toBeUndefined()
  expect(namesBelow(folder, 'up')).toEqual([])
  expect(() => openBelow(folder, 'up')).toThrow()
  expect(() => openFolder(join(base, 'in', 'up'))).toThrow()
})

test('names that lead elsewhere are refused', () => {
  for (const name of ['../secret', '..', '.', '', '/etc/passwd', 'deep/../../secret', 'deep//file'])
    expect(() => bytesBelow(folder, name)).toThrow(RangeError)
})

test('what is written takes the place of a link and leaves what it led to', () => {
  symlinkSync(join(base, 'secret'), join(base, 'in', 'link'))
  linkSync(join(base, 'secret'), join(base, 'in', 'hard'))
  writeBelow(folder, 'link', 'new')
  writeBelow(folder, 'hard', 'new')
  expect(readFileSync(join(base, 'secret'), 'utf8')).toBe('secret')
  expect(lstatSync(join(base, 'in', 'link')).isFile()).toBe(true)
  expect(readFileSync(join(base, 'in', 'hard'), 'utf8')).toBe('new')
  removeBelow(folder, 'hard')
  makeFolderBelow(folder, 'made')
  expect(namesBelow(folder)).toEqual(['deep', 'link', 'made'])
  removeBelow(folder, 'made')
  expect(existsSync(join(base, 'in', 'made'))).toBe(false)
})

test('a pipe is no file, and nobody waits for it', async () => {
  await localShell.run({ argv: ['/usr/bin/mkfifo', join(base, 'in', 'pipe')] })
  expect(textBelow(folder, 'pipe')).toBeUndefined()
})

test('more than the limit is an error, not a full memory', () => {
  expect(() => bytesBelow(folder, 'deep/file', 3)).toThrow(RangeError)
})
