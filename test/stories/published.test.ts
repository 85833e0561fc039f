import { afterAll, beforeAll, expect, test } from 'vitest'
import { fixtureTree, statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

async function made(word: string, ...more: readonly string[]): Promise<string> {
  const name = uniqueName(word)
  await world.must('init', name, ...more)
  return name
}

/** The status of a path of the project's site: 404 where there is no site at all. */
async function answered(name: string, path: string): Promise<number> {
  const { url } = await statusOf(world, name)
  return url === null ? 404 : (await fetch(new URL(path, url))).status
}

test('a project that runs a worker alone publishes none of its files', async () => {
  const name = await made('worker', '--mode', 'cooking', '--installer', 'auto')
  const clone = await world.clone(name, fixtureTree('pushed/worker-alone'))
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const status = await statusOf(world, name)
  expect(status.url).toBeNull()
  expect(status.processes.map(one => one.state)).toEqual(['running'])
})

test('a host name publishes no files', async () => {
  const name = await made('named', '--mode', 'final')
  const clone = await world.clone(name, fixtureTree('pushed/no-site'))
  expect((await clone.push()).status).toBe(0)
  await world.must('domains', 'add', name, `${name}.test`)
  await world.must('deploy', name)
  expect((await statusOf(world, name)).url).toBeNull()
})

test('a site that is asked for hides what is nobody else’s', async () => {
  const name = await made('files', '--mode', 'final', '--installer', 'auto')
  const clone = await world.clone(name, {
    'index.html': 'hello',
    '.env': 'KEY=1',
    Procfile: '# nothing\n',
    'sub/.hidden': 'x',
    'sub/page.html': 'page',
  })
  await world.must('config', 'set', name, 'installer=static')
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(await answered(name, '/')).toBe(200)
  expect(await answered(name, '/sub/page.html')).toBe(200)
  for (const path of ['/.env', '/.git', '/.git/config', '/.salt/install.sls', '/sub/.hidden', '/Procfile'])
    expect(await answered(name, path), path).toBe(404)
})
