/** A push that fails after its processes served: what ran before answers again, its processes and its files, and goes on to. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { statusOf } from '../support/applications.ts'
import { eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const files = (word: string, last: string) => ({
  Procfile: 'web: node web.js\n',
  'web.js': `require('node:http').createServer((q, a) => a.end('${word}')).listen(process.env.PORT, '127.0.0.1')\n`,
  'public/index.html': word,
  '.salt/post_install.sls': `last:\n  cmd.run:\n    - name: "${last}"\n`,
})

test('a failure in the last step leaves the processes and the files of the release before served, also once all is done', async () => {
  const name = uniqueName('back')
  const routes = '{"/files": {"static": "public"}, "/": "web"}'
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile', '--set', `ingress.routes=${routes}`)
  const clone = await world.clone(name, files('one', 'true'))
  expect((await clone.push()).status).toBe(0)
  const { url } = await statusOf(world, name)
  const answers = async () =>
    Promise.all(['', 'files/index.html'].map(async path => (await fetch(`${url}${path}`)).text()))
  expect(await answers()).toEqual(['one', 'one'])

  await clone.commit(files('two', 'false'))
  const pushed = await clone.push()
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toContain('ROLLED BACK')
  expect(await answers()).toEqual(['one', 'one'])
  // What is put off until the pusher has the answer is done under the lock, too.
  const lock = ['flock', '-n', world.path(name, 'deployments', 'lock'), 'true']
  await eventually('the runner is done', async () => (await world.run(lock)).status === 0)
  expect(await answers()).toEqual(['one', 'one'])
  expect((await statusOf(world, name)).state).toBe('live')

  await clone.commit(files('two', 'true'))
  expect((await clone.push()).status).toBe(0)
  expect(await answers()).toEqual(['two', 'two'])
})

test('two who destroy one project at once: one has done it, the other finds it busy or gone', async () => {
  for (let round = 0; round < 4; round++) {
    const name = uniqueName('twice')
    await world.must('init', name, '--mode', 'final')
    const clone = await world.clone(name, { 'index.html': 'one\n' })
    expect((await clone.push()).status).toBe(0)
    const ended = await Promise.all([1, 2].map(() => world.corpus('destroy', name, '--confirm', name)))
    expect(ended.map(one => one.status).sort()[0], JSON.stringify(ended)).toBe(0)
    for (const { status, stderr } of ended) expect([0, 4, 5], stderr).toContain(status)
    expect((await world.corpus('status', name)).status).toBe(4)
  }
})
