import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dependenciesKey, type NodePackage, readNodePackage } from '../../../src/applications/node-package.ts'
import { folderFiles } from '../../../src/kernel/tree-files.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-package-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function packageOf(content: unknown, files: Record<string, string> = {}): NodePackage {
  writeFileSync(join(folder, 'package.json'), typeof content === 'string' ? content : JSON.stringify(content))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return readNodePackage(folderFiles(folder)) as NodePackage
}

test('a folder without package.json is no Node application', () => {
  expect(readNodePackage(folderFiles(folder))).toBeNull()
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

test('dependencies without a lock file are installed, and that is said; no dependencies need none', () => {
  const without = packageOf({ dependencies: { express: '4' } })
  expect(without).toMatchObject({ manager: 'npm', lock: null, faults: [] })
  expect(without.notices[0]).toContain('Commit a package-lock.json')
  expect(packageOf({ name: 'x' }, {})).toMatchObject({ faults: [], notices: [], manager: null })
})

test('bun installs what its own lock file says, or where only its scripts name it; another lock file counts before', () => {
  expect(packageOf({ dependencies: { hono: '4' } }, { 'bun.lock': '' })).toMatchObject({ manager: 'bun', notices: [] })
  expect(packageOf({}, { 'package-lock.json': '{}' })).toMatchObject({ manager: 'npm', lock: 'package-lock.json' })
  expect(packageOf({ packageManager: 'bun@1.2.0' })).toMatchObject({ manager: 'bun', lock: 'bun.lock' })
  for (const file of ['bun.lock', 'package-lock.json']) rmSync(join(folder, file))
  expect(packageOf({ scripts: { start: 'bun index.ts' } })).toMatchObject({ manager: 'bun', start: 'bun index.ts' })
  expect(packageOf({ scripts: { start: 'bun index.ts' }, dependencies: { bun: '1' } })).toMatchObject({
    manager: 'npm',
  })
})

test('a package manager that the machine lacks has a name by which npm brings it', () => {
  expect(packageOf({ packageManager: 'pnpm@8.1.2+sha256.ab' }, {}).managerPackage).toBe('pnpm@8.1.2')
  expect(packageOf({}, { 'pnpm-lock.yaml': "lockfileVersion: '6.0'\n" }).managerPackage).toBe('pnpm@8')
  rmSync(join(folder, 'pnpm-lock.yaml'))
  expect(packageOf({}, { 'yarn.lock': '__metadata:\n' }).managerPackage).toBe('@yarnpkg/cli-dist@4')
})

test('a wish for a version is read from .nvmrc, .node-version and volta', () => {
  expect(packageOf({ volta: { node: '20.1.0' } }).wish).toEqual({ version: '20.1.0', file: 'package.json (volta)' })
  expect(packageOf({}, { '.node-version': '22\n' }).wish).toEqual({ version: '22', file: '.node-version' })
  expect(packageOf({}, { '.nvmrc': 'v18.2\n' }).wish).toEqual({ version: '18.2', file: '.nvmrc' })
})

test('a root whose own scripts run in an installation needs its development dependencies there', () => {
  expect(packageOf({ scripts: { prepare: 'husky' }, devDependencies: { husky: '9' } }).prepares).toBe(true)
  expect(packageOf({ scripts: { prepare: 'husky' } }).prepares).toBe(false)
  const start = { scripts: { start: 'PORT=1 nodemon x.js' }, devDependencies: { nodemon: '3' } }
  expect(packageOf(start)).toMatchObject({ startNeedsDevelopment: true, start: 'PORT=1 nodemon x.js' })
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
    dependenciesKey(folderFiles(folder), packageOf(content, files), facts)
  const base = key({ dependencies: { a: '1' } }, { 'package-lock.json': '1', '.npmrc': '' }, ['20'])
  expect(key({ dependencies: { a: '1' }, scripts: { x: 'y' } }, {}, ['20'])).toBe(base)
  expect(key({ dependencies: { a: '2' } }, {}, ['20'])).not.toBe(base)
  expect(key({ dependencies: { a: '1' } }, {}, ['22'])).not.toBe(base)
  expect(key({ dependencies: { a: '1' } }, { '.npmrc': 'registry=x' }, ['20'])).not.toBe(base)
  expect(key({ dependencies: { a: '1' } }, { '.npmrc': '', 'package-lock.json': '2' }, ['20'])).not.toBe(base)
})
