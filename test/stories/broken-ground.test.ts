/** What a project stands on is not as it should be: a clear error with a way out, and nothing half done. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closingServer } from '../support/applications.ts'
import { type Clone, corpusCommand, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

async function deployed(word: string, ...options: string[]): Promise<{ name: string; clone: Clone }> {
  const name = uniqueName(word)
  await world.must('init', name, '--mode', 'final', ...options)
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  expect((await clone.push()).status).toBe(0)
  return { name, clone }
}

const page = (name: string) => readFileSync(world.path(name, 'project', 'index.html'), 'utf8')

test('a root that is a link is the same root: a site is served, gone back from, and destroyed by either name', async () => {
  const link = join(world.scratch, 'linked-root')
  symlinkSync(world.root, link)
  const name = uniqueName('link')
  const byLink = (...words: string[]) => world.run([corpusCommand, ...words, '--root', link])
  expect(await byLink('init', name, '--mode', 'final', '--installer', 'static')).toMatchObject({ status: 0 })
  const clone = await world.clone(name, { 'index.html': 'one\n' })
  await clone.push()
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  const answer = async () => {
    const { url, state } = JSON.parse((await byLink('status', name, '--json')).stdout)
    return [state, await (await fetch(url)).text()]
  }
  expect(await answer()).toEqual(['live', 'two\n'])
  const back = await byLink('rollback', name)
  expect([back.status, back.stdout]).toEqual([0, expect.stringContaining('going back to v1')])
  expect(await answer()).toEqual(['live', 'one\n'])
  expect((await world.json<{ project: { local: string } }>('report', name)).project.local).toBe(
    world.path(name, 'git', 'project.git'),
  )
  expect((await byLink('destroy', name, '--confirm', name)).status).toBe(0)
  expect(existsSync(world.path(name))).toBe(false)
})

test('an address that does not answer any more is not named as one, and the project is degraded', async () => {
  const name = uniqueName('silent')
  const gate = join(world.scratch, 'closed')
  await world.must('init', name, '--mode', 'final', '--installer', 'procfile')
  const clone = await world.clone(name, { Procfile: `web: python3 app.py ${gate}\n`, 'app.py': closingServer })
  expect((await clone.push()).status).toBe(0)
  const { url } = await world.json<{ url: string }>('status', name)
  expect((await fetch(url)).status).toBe(200)
  writeFileSync(gate, '')
  const silent = { state: 'degraded', url: null, silent_url: url }
  await eventually('it does not answer', async () => (await world.json('status', name))['url'] === null)
  expect(await world.json('status', name)).toMatchObject(silent)
  expect((await world.must('status', name)).stdout).toContain(`-  (${url} does not answer)`)
  const { stdout } = await world.must('list')
  expect(stdout.split('\n').find(line => line.startsWith(name))).toMatch(/degraded .* does not answer$/)
})

test('a folder in the place of the link to the release is named before anything is done', async () => {
  const { name, clone } = await deployed('folder')
  const project = world.path(name, 'project')
  rmSync(project)
  mkdirSync(project)
  await clone.commit({ 'index.html': 'two\n' })
  const before = await world.ref(name, 'master')
  const pushed = await clone.push()
  expect([pushed.status, pushed.stderr]).toEqual([1, expect.stringContaining(`LAYOUT_DAMAGED: ${project} is a folder`)])
  expect(pushed.stderr).not.toContain('ROLLBACK FAILED')
  expect(await world.ref(name, 'master')).toBe(before)
  expect(await world.corpus('init', name)).toMatchObject({
    status: 6,
    stderr: expect.stringContaining('LAYOUT_DAMAGED'),
  })
  rmdirSync(project)
  await world.must('init', name)
  expect((await clone.push()).status).toBe(0)
  expect(page(name)).toBe('two\n')
})

test('without its folder of deployments a project deploys all the same', async () => {
  const { name, clone } = await deployed('swept')
  // What goes on behind the verdict may write into it meanwhile.
  rmSync(world.path(name, 'deployments'), { recursive: true, maxRetries: 10, retryDelay: 100 })
  expect(await world.json('status', name)).toMatchObject({ state: 'live' })
  await clone.commit({ 'index.html': 'two\n' })
  expect((await clone.push()).status).toBe(0)
  expect(page(name)).toBe('two\n')
  // Its names go on where they were.
  expect(await world.json('status', name)).toMatchObject({ release_name: 'v2' })
})

test('with few open files and no minimum of free room everything goes on', async () => {
  const { name, clone } = await deployed('few')
  await world.must('config', 'set', name, 'min_free_megabytes=0')
  await clone.commit({ 'index.html': 'two\n' })
  const few = (...words: string[]) => world.run(['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh', ...words])
  expect((await few('git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master')).status).toBe(0)
  expect(page(name)).toBe('two\n')
  expect((await few(corpusCommand, 'rollback', name)).status).toBe(0)
  expect(page(name)).toBe('one\n')
})

test.runIf(process.getuid?.() === 0)(
  'a read-only file system is called that, by every command, and nothing is half done',
  async () => {
    const { name, clone } = await deployed('frozen')
    await clone.commit({ 'index.html': 'two\n' })
    const script = `mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 77; shift; exec "$@"`
    const readOnly = (...words: string[]) =>
      world.run(['unshare', '-m', 'sh', '-c', script, 'sh', world.root, ...words])
    const tried = await readOnly('true')
    if (tried.status === 77) return console.warn(`skipped: nothing can be mounted here: ${tried.stderr}`)
    for (const words of [
      ['deploy', name],
      ['rollback', name, 'v1'],
      ['restart', name],
      ['init', name],
      ['init', uniqueName('new')],
      ['config', 'set', name, 'keep_archives=4'],
      ['env', 'set', name, 'A=b'],
      ['freeze', name],
      ['destroy', name, '--confirm', name],
      ['agent'],
    ]) {
      const { status, stderr } = await readOnly(corpusCommand, ...words)
      expect([words, status, stderr]).toEqual([words, 6, expect.stringContaining('(READ_ONLY)')])
    }
    expect((await readOnly('git', '-C', clone.folder, 'push', 'corpus', 'HEAD:master')).status).not.toBe(0)
    for (const words of [['status', name], ['list'], ['releases', name], ['logs', name]])
      expect((await readOnly(corpusCommand, ...words)).status).toBe(0)
    expect(page(name)).toBe('one\n')
    expect((await clone.push()).status).toBe(0)
  },
)
