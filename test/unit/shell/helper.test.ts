import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { usersListeningAt } from '../../../src/services/procfs.ts'
import { type Helper, startHelper } from '../../../src/shell/helper.ts'
import { isLocked } from '../../../src/shell/lock.ts'

let folder: string
let helper: Helper
const home = join(import.meta.dirname, '../../..')
const program = join(home, 'src', 'hooks', 'helper.pl')
const env = { PATH: process.env['PATH'] ?? '' }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-helper-'))
  helper = await startHelper(home)
})

afterAll(() => {
  helper.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('a lock is held until it is let go, and another cannot have it', async () => {
  const path = join(folder, 'a lock\nwith 100%')
  const lock = await helper.take(path)
  expect(lock).not.toBeNull()
  expect(isLocked(path)).toBe(true)
  const other = await startHelper(home)
  expect(await other.take(path)).toBeNull()
  lock?.release()
  // Requests are answered in their order: after this one the lock is free.
  await helper.run({ argv: ['/usr/bin/true'], cwd: folder, env })
  expect(isLocked(path)).toBe(false)
  expect(await other.take(path)).not.toBeNull()
  other.stop()
})

test('further locks are held beside the first, each until it is let go, and all end with their holder', async () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  const holder = await startHelper(home)
  const first = await holder.hold(one)
  expect([first, await holder.hold(two), await holder.hold(one)]).toEqual([expect.anything(), expect.anything(), null])
  const project = await holder.take(join(folder, 'project'))
  expect([one, two].map(isLocked)).toEqual([true, true])
  first?.release()
  project?.release()
  expect(await holder.hold(one)).not.toBeNull()
  expect(await helper.hold(two)).toBeNull()
  holder.stop()
  await vi.waitFor(() => expect([one, two].map(isLocked)).toEqual([false, false]))
})

test('the kernel says who listens where what comes to 127.0.0.1 arrives, and nobody where that is elsewhere', async () => {
  for (const [host, takes] of [
    ['127.0.0.1', true],
    ['0.0.0.0', true],
    ['::', true],
    ['::ffff:127.0.0.1', true],
    ['::1', false],
    ['127.0.0.2', false],
  ] as const) {
    const server = createServer()
    await new Promise<void>(resolve => server.listen(0, host, resolve))
    const { port } = server.address() as AddressInfo
    expect([host, await helper.usersListeningAt(port)]).toEqual([host, takes ? [process.getuid?.()] : []])
    // As it is told where nobody is at hand.
    expect([host, await usersListeningAt(port)]).toEqual([host, takes ? [process.getuid?.()] : []])
    await new Promise(resolve => server.close(resolve))
    expect(await helper.usersListeningAt(port)).toEqual([])
  }
})

test('a command gets its words, variables and folder untouched, and its status comes back', async () => {
  const words = ["it's", 'two words', '50%20', 'line\nbreak', '', 'grün', '$(id)']
  const script = 'printf "%s|" "$@" > out; printf %s "$VALUE" > value; pwd > where; exit 7'
  const given = { ...env, VALUE: 'a=b c%\n"' }
  expect(await helper.run({ argv: ['/usr/bin/sh', '-c', script, 'sh', ...words], cwd: folder, env: given })).toBe(7)
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(words.map(word => `${word}|`).join(''))
  expect(readFileSync(join(folder, 'value'), 'utf8')).toBe(given.VALUE)
  expect(readFileSync(join(folder, 'where'), 'utf8')).toBe(`${folder}\n`)
})

test('one that was left at hand answers through the pipes that were inherited, and ends with its runner', async () => {
  const script = `
    import { inheritedHelper } from ${JSON.stringify(join(import.meta.dirname, '../../../src/shell/helper.ts'))}
    const helper = inheritedHelper(3, 4)
    const lock = await helper.take(process.argv[1])
    const status = await helper.run({ argv: ['/usr/bin/sh', '-c', 'exit 9'], cwd: '/', env: { PATH: process.env.PATH } })
    process.stdout.write(JSON.stringify([lock !== null, status]))
    lock.release()
    helper.stop()`
  const path = join(folder, 'inherited')
  const start = `mkfifo "$1/answers" "$1/requests"; perl "$2" < "$1/requests" > "$1/answers" & exec "$3" --input-type=module-typescript -e "$4" "$5" 4> "$1/requests" 3< "$1/answers"`
  const argv = ['-c', start, 'sh', folder, program, process.execPath, script, path]
  const ended = spawnSync('sh', argv, { encoding: 'utf8' })
  expect(ended.stdout).toBe('[true,9]')
  expect(ended.status).toBe(0)
  expect(isLocked(path)).toBe(false)
})

test('what cannot be started has status 127, what a signal ended 128 and the signal', async () => {
  expect(await helper.run({ argv: ['/usr/bin/no-such-program'], cwd: folder, env })).toBe(127)
  expect(await helper.run({ argv: ['/usr/bin/true'], cwd: join(folder, 'nowhere'), env })).toBe(127)
  expect(await helper.run({ argv: ['/usr/bin/sh', '-c', 'kill -9 $$'], cwd: folder, env })).toBe(137)
})

test('requests at once are answered each with its own status', async () => {
  const statuses = [3, 0, 5, 1]
  const run = (status: number) => helper.run({ argv: ['/usr/bin/sh', '-c', `exit ${status}`], cwd: folder, env })
  expect(await Promise.all(statuses.map(run))).toEqual(statuses)
})
