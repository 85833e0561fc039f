import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

/** An installer with one step of its own, in configure; the other files are there and empty. */
const installer = (text: string): Record<string, string> => ({
  'installer.yaml': `does: Writes a file.\ndefaults:\n  data:\n    text: ${text}\n`,
  'configure.sls': 'include:\n  - .written\n',
  'written.sls': `written:\n  cmd.run:\n    - name: echo "{{ cfg.data.text }}" > '{{ cfg.data_root }}/written'\n`,
})
const written = (name: string) => readFileSync(world.path(name, 'data', 'written'), 'utf8')

test('an installer is named by an absolute path', async () => {
  const folder = join(world.scratch, 'my.installer')
  for (const [file, text] of Object.entries(installer('from a path'))) write(join(folder, file), text)
  const name = uniqueName('path')
  await world.must('init', name, '--mode', 'final', '--installer', folder)
  const pushed = await (await world.clone(name, { 'a.txt': 'a' })).push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(written(name)).toBe('from a path\n')
  expect(readFileSync(world.path(name, 'project', '.salt', 'configure.sls'), 'utf8')).toContain('my.installer')
})

test('an installer of this machine is named like an official one', async () => {
  const folder = join(world.root, 'corpus', 'installers', 'house')
  for (const [file, text] of Object.entries(installer('from the house'))) write(join(folder, file), text)
  const name = uniqueName('house')
  await world.must('init', name, '--mode', 'final', '--installer', 'house')
  const pushed = await (await world.clone(name, { 'a.txt': 'a' })).push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(written(name)).toBe('from the house\n')
})

test("an installer inside the project's .salt comes with the push that brings it", async () => {
  const name = uniqueName('own')
  // What a person names at init would count more than what the project says.
  expect((await world.run([corpusCommand, 'init', name, '--mode', 'final'])).status).toBe(0)
  const files = Object.entries(installer('from the project')).map(([file, text]) => [`.salt/mine/${file}`, text])
  const sample = `makina-projects.${name}:\n  installer: mine\n`
  const clone = await world.clone(name, { ...Object.fromEntries(files), '.salt/PILLAR.sample': sample })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(written(name)).toBe('from the project\n')
})

test('a procedure file of the project takes the place of the installer, or adds to it', async () => {
  const name = uniqueName('mixed')
  const folder = join(world.scratch, 'base')
  for (const [file, text] of Object.entries(installer('from the base'))) write(join(folder, file), text)
  await world.must('init', name, '--mode', 'final', '--installer', folder)
  const more = (include: string) =>
    `${include}more:\n  cmd.run:\n    - name: touch '{{ cfg.data_root }}/more'\n    - creates: '{{ cfg.data_root }}/more'\n`
  const clone = await world.clone(name, { '.salt/configure.sls': more('') })
  expect((await clone.push()).status).toBe(0)
  expect(existsSync(world.path(name, 'data', 'written'))).toBe(false)
  expect(existsSync(world.path(name, 'data', 'more'))).toBe(true)

  const prefix = `installer.${folder.split('/').filter(Boolean).join('.')}`
  await clone.commit({ '.salt/configure.sls': more(`include:\n  - ${prefix}.configure\n`) })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(written(name)).toBe('from the base\n')
})

test('a project in editable mode follows another installer, but for the files that somebody changed', async () => {
  const name = uniqueName('moved')
  await world.must('init', name, '--mode', 'editable')
  const salt = world.path(name, 'project', '.salt')
  const changed = '# mine\n'
  write(join(salt, 'trigger.sls'), changed)
  const folder = join(world.scratch, 'next')
  for (const [file, text] of Object.entries(installer('from the next'))) write(join(folder, file), text)
  await world.must('config', 'set', name, `installer=${folder}`)
  await world.must('deploy', name)
  expect(written(name)).toBe('from the next\n')
  expect(readFileSync(join(salt, 'trigger.sls'), 'utf8')).toBe(changed)
})

test('an installer that is not there is refused, with those that are', async () => {
  const ended = await world.corpus('init', uniqueName('none'), '--installer', 'nodjs')
  expect(ended.status).toBe(2)
  expect(ended.stderr).toContain('nodejs')
})

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  chmodSync(dirname(path), 0o755)
}
