/** A newcomer's walk through the README, with the mistakes that people make on it, and what they read at each. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, type Ended, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
let folder = ''
const name = uniqueName('walk')
beforeAll(async () => {
  world = makeWorld()
  folder = join(world.scratch, name)
  mkdirSync(folder)
})
afterAll(() => world.dispose())

const type = (...words: string[]): Promise<Ended> =>
  world.run(words[0] === 'corpus' ? [corpusCommand, ...words.slice(1)] : words, { cwd: folder })

async function commit(files: Readonly<Record<string, string | null>>, message: string): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    if (text === null) rmSync(join(folder, file))
    else writeFileSync(join(folder, file), text)
  }
  await type('git', 'add', '-A')
  await type('git', 'commit', '-qm', message)
}

/** What the pusher reads, without git's own words. */
const read = ({ stderr }: Ended): string[] =>
  stderr.split('\n').flatMap(line => (line.startsWith('remote: ') ? [line.slice(8).trimEnd()] : []))

test('first mistake: init where there is no clone; it says what it would have taken', async () => {
  const { status, stderr } = await type('corpus', 'init')
  expect([status, stderr]).toEqual([
    2,
    expect.stringContaining('Name the project: this folder is in no clone that could name it.'),
  ])
})

test('second: a name that is none, third: a platform that nobody knows', async () => {
  expect((await type('corpus', 'create', 'My Shop')).stderr).toContain('Use 1 to 63 lower-case letters')
  expect((await type('corpus', 'create', 'shop', '--env', 'production')).stderr).toContain(
    'Name dev (editable), staging',
  )
  expect((await type('corpus', 'list')).stdout.trim().split('\n')).toHaveLength(1)
})

test('then init in the clone is three lines', async () => {
  await type('git', 'init', '-q', '-b', 'main')
  const { stdout } = await type('corpus', 'init')
  expect(stdout.trim().split('\n')).toHaveLength(3)
})

test('fourth: nothing in it says how it runs; it is refused with what was looked for', async () => {
  await commit({ 'notes.txt': 'to be done\n' }, 'Begin')
  const pushed = await type('git', 'push', 'corpus', 'main')
  expect(pushed.status).toBe(1)
  const lines = read(pushed).join('\n')
  expect(lines).toContain('INSTALLER_UNDETECTED')
  expect(lines).toContain('package.json')
})

test('fifth: a Procfile that is none', async () => {
  await commit({ Procfile: 'just run it\n' }, 'Say how it runs')
  const pushed = await type('git', 'push', 'corpus', 'main')
  expect(pushed.status).toBe(1)
  expect(read(pushed).join('\n')).toMatch(/PROCFILE_INVALID[\s\S]*name: command/)
})

test('sixth: it dies at its start; what it said is there, and nothing runs', { timeout: 120_000 }, async () => {
  await commit({ Procfile: 'web: python3 app.py\n', 'app.py': 'import flusk\n' }, 'Write it')
  const pushed = await type('git', 'push', 'corpus', 'main')
  expect(pushed.status).toBe(1)
  const lines = read(pushed)
  expect(lines.join('\n')).toContain("| ModuleNotFoundError: No module named 'flusk'")
  expect(lines.join('\n')).toContain('SERVICE_DIED')
  expect(lines.at(-1)).toMatch(/^ {2}error: {2}ROLLED BACK; nothing runs$/)
})

const server = (port: string) => `import http.server, os
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'it runs')
http.server.ThreadingHTTPServer(('127.0.0.1', int(${port})), H).serve_forever()
`

test('seventh: it listens on a port of its own choice; which one is right is said', { timeout: 120_000 }, async () => {
  const own = 20_000 + (process.pid % 9000)
  await commit({ 'app.py': server(String(own)) }, 'Serve')
  const pushed = await type('git', 'push', 'corpus', 'main')
  expect(pushed.status).toBe(1)
  expect(read(pushed).join('\n')).toMatch(
    new RegExp(`PORT_IGNORED: web.1 listens on port ${own}, not on \\d+, the PORT it was given`),
  )
})

test('then it runs, and the push ends with the address', { timeout: 120_000 }, async () => {
  await commit({ 'app.py': server("os.environ['PORT']") }, 'Serve where it is asked')
  const pushed = await type('git', 'push', 'corpus', 'main')
  expect(pushed.status).toBe(0)
  const address = /^success: {2}deployed in .* at (http:\S+); v\d+ runs$/.exec(read(pushed).at(-1) ?? '')?.[1] ?? ''
  expect(await (await fetch(address)).text()).toBe('it runs')
})

test('eighth: another branch; it is stored only', async () => {
  const pushed = await type('git', 'push', 'corpus', 'HEAD:develop')
  expect(read(pushed).join('\n')).toContain('stored only, not deployed: develop')
})

test('ninth: variables by the word of another tool', async () => {
  expect((await type('corpus', 'config:set', 'COLOUR=red')).stderr).toContain('corpus env set')
  expect((await type('corpus', 'env', 'set', 'COLOUR=red')).stdout).toContain('corpus deploy')
})

test('tenth: slips of the hand; the right word is told, and none that would cost something', async () => {
  expect((await type('corpus', 'satus')).stderr).toContain('Did you mean status?')
  expect((await type('corpus', 'destory')).stderr).not.toContain('destroy')
  expect((await type('corpus', 'config', 'set', 'keep_archive=5')).stderr).toContain('Did you mean keep_archives?')
  expect((await type('corpus', 'rollback', 'v99')).stderr).toContain('RELEASE_UNKNOWN')
})

test('and at the end: status, logs, and nothing is destroyed by half a sentence', async () => {
  expect((await type('corpus', 'status')).stdout).toMatch(/^state +live$/m)
  expect((await type('corpus', 'logs')).stdout).toContain('Serve where it is asked')
  expect((await type('corpus', 'destroy')).status).toBe(2)
  expect((await type('corpus', 'delete', name)).stderr).toContain('NOT_CONFIRMED')
  expect((await type('corpus', 'status')).status).toBe(0)
})
