/** What people read of a push: an address that carries the status, and lines that say what happened. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
const name = uniqueName('said')
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
})
afterAll(() => world.dispose())

test('over a bare path the push ends with a warning that its status says nothing; a remote of ours has no need of it', async () => {
  const clone = await world.clone(name, { Procfile: 'web: false\n' })
  const bare = await clone.git('push', world.path(name, 'git', 'project.git'), 'HEAD:master')
  expect([bare.status, bare.stderr]).toEqual([0, expect.stringContaining('ROLLED BACK')])
  const lines = bare.stderr.split('\n').filter(line => line.startsWith('remote: '))
  expect(lines.at(-2)).toMatch(/^remote: corpus: WARNING: the status of this git push says nothing/)
  expect(lines.at(-1)).toContain(`\`corpus remote add ${name}\``)
  const ours = await clone.push()
  expect(ours.status).toBe(1)
  expect(ours.stderr).not.toContain('WARNING: the status')
})

test('what is printed as an address carries the status', async () => {
  const { stdout } = await world.must('report', name)
  expect(stdout).toMatch(/^project {2}ssh:\/\//)
  const commands = stdout.split('\n').filter(line => line.startsWith('git '))
  const clone = await world.clone(name, { Procfile: 'web: false\n', more: 'x' })
  await clone.git('remote', 'remove', 'corpus')
  for (const command of commands) await world.run(['sh', '-c', command], { cwd: clone.folder })
  expect((await clone.push('-f', 'corpus', 'HEAD:master')).status).toBe(1)
})
