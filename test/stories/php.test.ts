import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerOf, statusOf } from '../support/applications.ts'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('elephant')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'auto', '--set', 'php.settings.memory_limit=77M')
  await world.must('env', 'set', name, 'SECRET=from corpus')
})
afterAll(() => world.dispose())

const page = (greeting: string) => `<?php
error_log('asked for ' . $_SERVER['REQUEST_URI']);
header('Content-Type: application/json');
echo json_encode([
  'greeting' => '${greeting}',
  'path' => $_SERVER['REQUEST_URI'],
  'secret' => getenv('SECRET'),
  'memory' => ini_get('memory_limit'),
  'user' => posix_getuid(),
]);
`

test('a PHP application is served by a pool of its own: pages, files, and nothing that begins with a dot', async () => {
  const files = { 'public/index.php': page('one'), 'public/style.css': 'p {}\n', 'public/.env': 'SECRET=x\n' }
  const clone = await world.clone(name, files)
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  const answer = await answerOf<Record<string, unknown>>(world, name)
  expect(answer).toMatchObject({ greeting: 'one', path: '/', secret: 'from corpus', memory: '77M' })
  if (process.getuid?.() === 0) expect(answer['user']).not.toBe(0)

  const { url } = await statusOf(world, name)
  const routed = await (await fetch(`${url}users/7?x=1`)).json()
  expect(routed).toMatchObject({ path: '/users/7?x=1' })
  const css = await fetch(`${url}style.css`)
  expect([await css.text(), css.headers.get('content-type')]).toEqual(['p {}\n', 'text/css'])
  expect((await fetch(`${url}.env`)).status).toBe(404)
  expect((await world.must('logs', name, '--app')).stdout).toContain('asked for /users/7')

  await clone.commit({ 'public/index.php': page('two') })
  expect((await clone.push()).status).toBe(0)
  expect((await answerOf<Record<string, unknown>>(world, name))['greeting']).toBe('two')
  await world.must('rollback', name)
  expect((await answerOf<Record<string, unknown>>(world, name))['greeting']).toBe('one')
})
