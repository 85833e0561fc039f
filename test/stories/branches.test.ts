/** A project or pillar that goes from one deploy branch to another stays with it, whatever is deployed, refused or gone back to. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const index = (name: string) => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')

test('corpus deploy takes the branch that was deployed last', async () => {
  const name = uniqueName('branch')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'master\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await clone.commit({ 'index.html': 'main\n' })
  expect(await clone.push('corpus', 'HEAD:main')).toMatchObject({ status: 0 })
  await world.must('deploy', name)
  expect(index(name)).toBe('main\n')
})

test('a refused push of another branch puts that branch back to what it was', async () => {
  const name = uniqueName('branch')
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'start\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  const main = await clone.commit({ 'index.html': 'main\n' })
  expect(await clone.push('corpus', 'HEAD:main')).toMatchObject({ status: 0 })
  await clone.git('checkout', '-q', '-b', 'other', 'HEAD~1')
  const master = await clone.commit({ 'index.html': 'master\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  await clone.git('checkout', '-q', 'master')
  await clone.commit({ '.salt/install.sls': 'fails:\n  cmd.run:\n    - name: "false"\n' })
  expect((await clone.push('corpus', 'HEAD:main')).status).not.toBe(0)
  expect(await world.ref(name, 'main')).toBe(main)
  expect(await world.ref(name, 'master')).toBe(master)
  expect(index(name)).toBe('master\n')
  await clone.commit({ '.salt/install.sls': null })
  expect(await clone.push('corpus', 'HEAD:main')).toMatchObject({ status: 0 })
  expect(index(name)).toBe('main\n')
})

test('a pillar that went to another branch stays there, and goes back there', async () => {
  const name = uniqueName('branch')
  const withColour = (colour: string) => ({ 'init.sls': `makina-projects.${name}:\n  data: {colour: ${colour}}\n` })
  const colour = async () => (await world.must('config', 'get', name, 'data.colour')).stdout.trim()
  await world.must('init', name, '--mode', 'final')
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  const pillar = await world.clonePillar(name)
  await pillar.commit(withColour('red'))
  expect(await pillar.push()).toMatchObject({ status: 0 })
  expect(await clone.push()).toMatchObject({ status: 0 })
  const green = await pillar.commit(withColour('green'))
  expect(await pillar.push('corpus-pillar', 'HEAD:main')).toMatchObject({ status: 0 })
  await clone.commit({ 'index.html': 'two\n' })
  expect(await clone.push()).toMatchObject({ status: 0 })
  expect(await colour()).toBe('green')
  await pillar.commit(withColour('blue'))
  expect(await pillar.push('corpus-pillar', 'HEAD:main')).toMatchObject({ status: 0 })
  await world.must('rollback', name)
  expect(await colour()).toBe('green')
  expect(await world.ref(name, 'main', 'pillar')).toBe(green)
})
