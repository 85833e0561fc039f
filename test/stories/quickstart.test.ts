import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('hello')
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const quickstart = () => world.run([join(home, 'scripts', 'quickstart'), name], { cwd: '/' })

test('quickstart ends with an application that answers, and says how to go on', async () => {
  const ended = await quickstart()
  expect(ended.status, ended.stdout + ended.stderr).toBe(0)
  expect(ended.stdout).toMatch(/== curl http:\/\/127\.0\.0\.1:\d+\/\nHello, world!\n/)
  expect(ended.stderr).toContain('deployed in')
})

test('what it says next is true: change a line and push, go back', async () => {
  const clone = join(world.root, `${name}-clone`)
  const git = (...args: string[]) => world.run(['git', '-C', clone, ...args])
  await world.run(['sed', '-i', 's/world/corpus/', 'server.js'], { cwd: clone })
  expect((await git('commit', '-am', 'Greet corpus')).status).toBe(0)
  expect((await git('push', 'corpus', 'HEAD:master')).status).toBe(0)
  const answer = async () => {
    const { url } = await world.json<{ url: string }>('status', name)
    return (await fetch(url)).text()
  }
  expect(await answer()).toBe('Hello, corpus!\n')
  await world.must('rollback', name)
  expect(await answer()).toBe('Hello, world!\n')
})

test('it can be run again, also after an interruption', async () => {
  const interrupted = world.run(['timeout', '--signal=KILL', '0.8', join(home, 'scripts', 'quickstart'), name])
  expect((await interrupted).status).not.toBe(0)
  const ended = await quickstart()
  expect(ended.status, ended.stdout + ended.stderr).toBe(0)
  expect(ended.stdout).toContain('Hello, corpus!')
})
