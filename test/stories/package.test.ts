/** The package as npm would hand it out: what a user of it gets is whole, and nothing else is in it. */
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let packed: string
const name = uniqueName('packed')
beforeAll(async () => {
  world = makeWorld()
  const made = await world.run(['npm', 'pack', '--silent', '--pack-destination', world.scratch], { cwd: home })
  expect(made.status, made.stderr).toBe(0)
  const modules = join(world.root, 'lib', 'node_modules')
  mkdirSync(modules, { recursive: true })
  await world.run(['tar', '-xzf', join(world.scratch, made.stdout.trim()), '-C', modules])
  packed = join(modules, 'corpus')
  renameSync(join(modules, 'package'), packed)
  // As npm would install them: a Node, and what the product depends on.
  symlinkSync(join(home, 'node_modules'), join(packed, 'node_modules'))
})
afterAll(() => world.dispose())

const corpus = (...words: string[]) => world.run([join(packed, 'scripts', 'corpus'), ...words])

test('it has what its own texts name, and no caches', async () => {
  const files = readdirSync(packed, { recursive: true }).map(String)
  for (const file of ['README.md', 'CHANGELOG.md', 'docs/states.md', 'examples/hello/server.js', 'scripts/quickstart'])
    expect(files).toContain(file)
  const own = files.filter(file => !file.startsWith('node_modules/'))
  expect(own.filter(file => /\.compile-cache|\.test\.ts$|^src\/.*\.ts$/.test(file))).toEqual([])
})

test('help, the page of a state and the doctor answer', async () => {
  expect((await corpus('--help')).stdout).toContain('corpus')
  expect((await corpus('states', 'doc', 'file.managed')).stdout).toContain('file.managed')
  const found = await corpus('doctor', '--json')
  expect(JSON.parse(found.stdout)).toContainEqual(expect.objectContaining({ name: 'node', ok: true }))
})

test('its quickstart makes a project, pushes to it, and the application answers', async () => {
  const ended = await world.run([join(packed, 'scripts', 'quickstart'), name], { cwd: '/' })
  expect(ended.status, ended.stdout + ended.stderr).toBe(0)
  expect(ended.stdout).toContain('Hello, world!')
  expect(existsSync(join(packed, 'node_modules', '.corpus-installed'))).toBe(
    existsSync(join(home, 'node_modules', '.corpus-installed')),
  )
  expect((await corpus('destroy', name, '--confirm', name)).status).toBe(0)
})
