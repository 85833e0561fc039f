import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dependenciesKey, type NodePackage, readNodePackage } from '../../../src/applications/node-package.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-package-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function packageOf(content: unknown, files: Record<string, string> = {}): NodePackage {
  writeFileSync(join(folder, 'package.json'), typeof content === 'string' ? content : JSON.stringify(content))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return readNodePackage(folder) as NodePackage
}

test('a folder without package.json is no Node application', () => {
  expect(readNodePackage(folder)).toBeNull()
})

test('what package.json cannot be is told, not thrown', () => {
  for (const text of ['{', '[]', '"x"', 'null', '']) expect(packageOf(text).faults).toHaveLength(1)
})

test('the lock file names the package manager, npm-shrinkwrap.json before package-lock.json, packageManager before both', () => {
  expect(packageOf({}, { 'yarn.lock': '' })).toMatchObject({ manager: 'yarn', lock: 'yarn.lock' })
  expect(packageOf({}, { 'package-lock.json': '{}' })).toMatchObject({ manager: 'npm', lock: 'package-lock.json' })
  expect(packageOf({}, { 'npm-shrinkwrap.json': '{}' })).toMatchObject({ lock: 'npm-shrinkwrap.json' })
  expect(packageOf({ packageManager: 'yarn@4.1.0' })).toMatchObject({ manager: 'yarn' })
})

test('dependencies without a lock file are refused, no dependencies need none', () => {
  expect(packageOf({ dependencies: { express: '4' } }).faults[0]).toContain('commit package-lock.json')
  expect(packageOf({ dependencies: { express: '4' } }, { 'bun.lock': '' }).faults[0]).toContain('bun')
  expect(packageOf({ name: 'x' }, {})).toMatchObject({ faults: [], manager: null })
})

test.each([
  [{ start: 'node server.js --port 1' }, 'node server.js --port 1'],
  [{ start: 'next start' }, 'next start'],
  [{ start: 'NODE_ENV=x next start && true' }, 'NODE_ENV=x next start && true'],
  [{ start: 'node x', prestart: 'y' }, 'npm start'],
  [{ start: 'echo $npm_package_version' }, 'npm start'],
  [{ start: 'cd a' }, 'cd a'],
  [{}, null],
  [{ start: '  ' }, null],
  [{ start: 7 }, null],
])('the start script %j is started by %s', (scripts, command) => {
  expect(packageOf({ scripts }).start).toBe(command)
})

test('without a start script server.js is started, as npm has it', () => {
  expect(packageOf({}, { 'server.js': '' }).start).toBe('node server.js')
})

test('an installation whose own scripts or links reach beyond node_modules is never taken from an earlier release', () => {
  const lock = { 'package-lock.json': '{}' }
  expect(packageOf({}, lock).reusable).toBe(true)
  expect(packageOf({ scripts: { postinstall: 'prisma generate' } }, lock).reusable).toBe(false)
  expect(packageOf({ workspaces: ['a'] }, lock).reusable).toBe(false)
  expect(packageOf({}, { 'package-lock.json': '{"packages":{"a":{"resolved":"../a","link": true}}}' }).reusable).toBe(
    false,
  )
  expect(packageOf({}, { ...lock, 'binding.gyp': '' }).reusable).toBe(false)
})

test('the key changes with the lock file, .npmrc, dependencies and Node, and not with scripts', () => {
  const key = (content: object, files: Record<string, string>, facts: string[]) =>
    dependenciesKey(folder, packageOf(content, files), facts)
  const base = key({ dependencies: { a: '1' } }, { 'package-lock.json': '1', '.npmrc': '' }, ['20'])
  expect(key({ dependencies: { a: '1' }, scripts: { x: 'y' } }, {}, ['20'])).toBe(base)
  expect(key({ dependencies: { a: '2' } }, {}, ['20'])).not.toBe(base)
  expect(key({ dependencies: { a: '1' } }, {}, ['22'])).not.toBe(base)
  expect(key({ dependencies: { a: '1' } }, { '.npmrc': 'registry=x' }, ['20'])).not.toBe(base)
  expect(key({ dependencies: { a: '1' } }, { '.npmrc': '', 'package-lock.json': '2' }, ['20'])).not.toBe(base)
})
