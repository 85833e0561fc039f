import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { knownText } from '../../../src/kernel/known-texts.ts'

let base = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'corpus-known-'))
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** When it is old enough to be remembered, and has been. */
async function known(name: string, text: string): Promise<string> {
  const path = join(base, name)
  writeFileSync(path, text)
  await passed(2600)
  expect(knownText(path)).toBe(text)
  expect(knownText(path)).toBe(text)
  return path
}

test('a file that was changed in place is read again, of the same size and with the old time of its content too', async () => {
  const path = await known('file', 'one')
  const { atime, mtime } = statSync(path)
  writeFileSync(path, 'two')
  utimesSync(path, atime, mtime)
  expect(knownText(path)).toBe('two')
  writeFileSync(path, 'ten')
  utimesSync(path, atime, mtime)
  expect(knownText(path)).toBe('ten')
})

test('a file that took the place of another is read, and so is one that went and came back', async () => {
  const path = await known('file', 'one')
  writeFileSync(join(base, 'other'), 'two')
  renameSync(join(base, 'other'), path)
  expect(knownText(path)).toBe('two')
  rmSync(path)
  expect(knownText(path)).toBeUndefined()
  writeFileSync(path, 'one')
  expect(knownText(path)).toBe('one')
})

test('what a link leads to is what is asked, and another folder of the same name has files of its own', async () => {
  mkdirSync(join(base, 'a'))
  mkdirSync(join(base, 'b'))
  await known('a/file', 'one')
  writeFileSync(join(base, 'b/file'), 'two')
  symlinkSync('a', join(base, 'link'))
  expect(knownText(join(base, 'link/file'))).toBe('one')
  rmSync(join(base, 'link'))
  symlinkSync('b', join(base, 'link'))
  expect(knownText(join(base, 'link/file'))).toBe('two')
  renameSync(join(base, 'b'), join(base, 'c'))
  renameSync(join(base, 'a'), join(base, 'b'))
  renameSync(join(base, 'c'), join(base, 'a'))
  expect(knownText(join(base, 'a/file'))).toBe('two')
})

test('what was changed a moment ago is not remembered, for the next change could have the same time', () => {
  const path = join(base, 'file')
  for (let round = 0; round < 200; round++) {
    writeFileSync(path, String(round % 10))
    expect(knownText(path)).toBe(String(round % 10))
  }
})

test('where there is no file there is no text, below a file neither', () => {
  writeFileSync(join(base, 'file'), 'text')
  expect(knownText(join(base, 'none'))).toBeUndefined()
  expect(knownText(join(base, 'file/none'))).toBeUndefined()
  expect(() => knownText(base)).toThrow(/EISDIR/)
})

test('a file of the kernel, whose times say nothing, is read each time', async () => {
  knownText('/proc/uptime')
  await passed(2600)
  const before = knownText('/proc/uptime')
  await passed(50)
  expect(knownText('/proc/uptime')).not.toBe(before)
})
