/** A large release is bundled behind the verdict, and nobody takes one that is not there yet for another. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchArtifacts } from '../../src/artifacts/fetch.ts'
import { localShell as shell } from '../../src/shell/local.ts'
import { type Clone, eventually, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let clone: Clone
const cooked = uniqueName('cooked')
const current = (...parts: string[]) => world.path(cooked, 'releases', 'deployed', 'current', ...parts)
const fetch = () =>
  fetchArtifacts({ shell, urls: [`file://${current()}/`], folder: join(world.scratch, 'fetched'), name: cooked })
const newest = async () =>
  (await world.json<{ release: string; bundle: string | null; status: string }[]>('releases', cooked))[0]
const isBundled = () => eventually('it is bundled', async () => (await newest())?.bundle === null)

beforeAll(async () => {
  world = makeWorld()
  await world.must('init', cooked, '--mode', 'cooking', '--installer', 'generic')
  const many = Array.from({ length: 2100 }, (_, at) => [`files/${at}.txt`, `${at}\n`] as const)
  clone = await world.clone(cooked, { ...Object.fromEntries(many), 'index.html': 'one\n' })
}, 60_000)
afterAll(() => world?.dispose())

test('who fetches it at once waits for it, and never gets the one before', async () => {
  for (const text of ['first\n', 'second\n']) {
    await clone.commit({ 'index.html': text })
    const pushed = await clone.push()
    expect(pushed.status, pushed.stderr).toBe(0)
    expect(pushed.stderr).toContain('bundled behind the verdict')
    const { manifest } = await fetch()
    expect(manifest?.release).toBe((await newest())?.release)
  }
  await isBundled()
}, 90_000)

test('where that fails, the release says so, and so does who fetches it; asked for once more, it is made', async () => {
  await clone.commit({
    'index.html': 'third\n',
    '.salt/post_install.sls': `spoil:\n  file.managed:\n    - name: {{ cfg.project_root }}/closed\n    - contents: x\n    - mode: '0600'\n`,
  })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
  if (process.getuid?.() !== 0) return
  const row = await eventually('it failed', async () => {
    const found = await newest()
    return found?.bundle === 'failed' ? found : undefined
  })
  expect(row.status).toBe('succeeded')
  expect((await world.must('releases', cooked)).stdout).toContain('succeeded, not bundled')
  expect((await world.must('logs', cooked)).stdout).toContain('the release was not bundled')
  await expect(fetch()).rejects.toThrow(/its release was not bundled.*Permission denied/)
  await world.run(['rm', join(world.path(cooked, 'project'), 'closed')])
  await world.must('bundle', cooked)
  expect((await newest())?.bundle).toBe(null)
  expect(JSON.parse(readFileSync(current('release.json'), 'utf8'))).toMatchObject({ name: cooked })
}, 90_000)

test('what was being made when its runner was killed is told as not bundled', async () => {
  const folder = world.path(cooked, 'releases', 'deployed', 'current')
  writeFileSync(join(folder, '.bundling'), JSON.stringify({ pid: 999_999_999, since: '1' }))
  expect((await newest())?.bundle).toBe('failed')
})
