import { createHash, randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statusOf, trusted } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

test('the published package reveal.js is a static site: every file arrives as it is', async () => {
  const name = uniqueName('slides')
  await world.must('init', name, '--mode', 'final', '--installer', 'static')
  const npm = { cwd: world.scratch, env: { npm_config_cache: join(world.scratch, 'npm'), ...trusted() } }
  const packed = await world.run(['npm', 'pack', '--silent', 'reveal.js@5.2.1'], npm)
  expect(packed.status, packed.stderr).toBe(0)
  await world.run(['tar', '--extract', `--file=${packed.stdout.trim()}`], { cwd: world.scratch })
  const clone = await world.clone(name, { 'README.md': '' })
  cpSync(join(world.scratch, 'package'), clone.folder, { recursive: true })
  const commit = await clone.commit({})
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)

  const tree = world.path(name, 'project')
  const listed = (await clone.git('ls-files', '-z')).stdout.split('\0').filter(Boolean)
  expect(listed.length).toBeGreaterThan(100)
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
  const differing = listed.filter(file => digest(join(tree, file)) !== digest(join(clone.folder, file)))
  expect(differing).toEqual([])
  expect(existsSync(join(tree, 'node_modules'))).toBe(false)
  expect(await statusOf(world, name)).toMatchObject({ state: 'live', commit, processes: [] })
})

test('a project of 10,000 files and 100 MB is deployed, changed in one file, and brought back', async () => {
  const name = uniqueName('large')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'one.txt': 'one\n' })
  for (let folder = 0; folder < 100; folder++) {
    const path = join(clone.folder, `folder-${folder}`)
    mkdirSync(path)
    for (let file = 0; file < 100; file++) writeFileSync(join(path, `file-${file}.bin`), randomBytes(10_000))
  }
  await clone.commit({})
  expect((await clone.push()).status).toBe(0)
  const first = realpathSync(world.path(name, 'project'))
  expect(filesBelow(first)).toBe(10_001)

  await clone.commit({ 'one.txt': 'two\n' })
  const pushed = await clone.push()
  expect(pushed.status).toBe(0)
  const second = realpathSync(world.path(name, 'project'))
  expect(second).not.toBe(first)
  expect(filesBelow(second)).toBe(10_001)
  // Nothing runs on it: the new release costs what changed.
  expect(statSync(join(second, 'folder-7', 'file-7.bin')).ino).toBe(statSync(join(first, 'folder-7', 'file-7.bin')).ino)

  await world.must('rollback', name)
  expect(readFileSync(world.path(name, 'project', 'one.txt'), 'utf8')).toBe('one\n')
  expect(realpathSync(world.path(name, 'project'))).toBe(first)
}, 300_000)

/** Files that were pushed: neither what corpus writes into .salt, nor git's own. */
function filesBelow(tree: string): number {
  return readdirSync(tree, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isFile() && /^(?:one\.txt|README\.md|file-\d+\.bin)$/.test(entry.name),
  ).length
}
