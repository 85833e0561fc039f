/** The pages are true: the files that a page of docs/ shows are pushed as it says, and answer what it says. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, eventually, home, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(async () => {
  world = makeWorld()
  await declareMirrors()
})
afterAll(() => world.dispose())

/** Where this machine takes packages of Python from, said for all projects as its documentation has it. */
async function declareMirrors(): Promise<void> {
  const asked = await world.run(['pip', 'config', 'get', 'global.extra-index-url'], { env: { HOME: homedir() } })
  const [first, ...others] = asked.stdout.trim().split(/\s+/)
  if (asked.status !== 0 || !first) return
  mkdirSync(join(world.root, 'corpus'), { recursive: true })
  const lines = [`PIP_INDEX_URL=${first}`, ...(others.length > 0 ? [`PIP_EXTRA_INDEX_URL=${others.join(' ')}`] : [])]
  writeFileSync(join(world.root, 'corpus', 'environment'), `${lines.join('\n')}\n`, { mode: 0o644 })
}

const folder = join(home, 'docs', 'frameworks')
const pages = ['tutorial.md', ...readdirSync(folder).map(name => `frameworks/${name}`)]

interface Page {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly path: string
  readonly answer: string
}

function pageOf(name: string): Page {
  const text = readFileSync(join(home, 'docs', name), 'utf8')
  const files = [...text.matchAll(/^<!-- file: (\S+) -->\n```\w*\n([\s\S]*?)```$/gm)].map(
    ([, file = '', content = '']) => [file, content] as const,
  )
  const [, path = '', answer = ''] = /^<!-- answers: (\S+) (.*) -->$/m.exec(text) ?? []
  return { name, files: Object.fromEntries(files), path, answer }
}

/** What a page needs beside corpus. */
const programs: Readonly<Record<string, readonly string[]>> = {
  'frameworks/go.md': ['go'],
  'frameworks/laravel-symfony.md': ['php', 'php-fpm8.2'],
}

/** Those that show no application of their own say how one that is there already is pushed. */
const withFiles = pages.map(pageOf).filter(page => page.answer !== '')

test('every framework has a page, and most of them show an application', () => {
  expect(pages.length).toBeGreaterThanOrEqual(11)
  expect(withFiles.length).toBeGreaterThanOrEqual(7)
  for (const { files } of withFiles) expect(Object.keys(files).length).toBeGreaterThan(0)
})

test.each(withFiles)(
  '$name: the application that it shows is deployed by init and push, and answers',
  { timeout: 600_000 },
  async page => {
    for (const program of programs[page.name] ?? []) {
      const found = await world.run(['sh', '-c', `PATH=$PATH:/usr/sbin command -v ${program}`])
      if (found.status !== 0) return console.warn(`skipped: ${program} is not here`)
    }
    const name = uniqueName('page')
    expect((await world.run([corpusCommand, 'init', name])).status).toBe(0)
    const clone = await world.clone(name, page.files)
    const pushed = await clone.push()
    expect([pushed.status, pushed.stderr]).toEqual([0, expect.stringContaining('deployed in')])
    const { url } = await world.json<{ url: string | null }>('status', name)
    const answer = await eventually('it answers', async () => (await fetch(new URL(page.path, url ?? ''))).text())
    expect(answer).toContain(page.answer)
    await world.must('destroy', name, '--confirm', name)
  },
)
