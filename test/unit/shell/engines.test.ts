/** What a command is and how it ends is the same for one that is over at once and for one that takes its time, which execa starts. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { groupLives } from '../../../src/shell/group.ts'
import { localShell } from '../../../src/shell/local.ts'
import type { Program } from '../../../src/shell/programs.ts'
import { type Command, textOf } from '../../../src/shell/shell.ts'
import { isAlive } from '../../support/world.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-engines-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe.each([
  ['at once', {}],
  ['its time', { isLong: true }],
] as const)('a command that takes %s', (_, kind) => {
  const run = (argv: readonly [Program, ...string[]], more: Partial<Command> = {}) =>
    localShell.run({ argv, cwd: root, ...more, ...kind })
  const sh = (script: string, more: Partial<Command> = {}) => run(['/bin/sh', '-c', script], more)

  test('gets its words as they are, and gives its bytes as they are', async () => {
    const words = ['', ' ', '$(touch made)', '`touch made`', '--', '*', 'ü', "'", '"', '\\', '\n']
    const ended = await run(['/usr/bin/printf', '%s\\0', ...words])
    expect(textOf(ended.stdout)).toBe(words.map(word => `${word}\0`).join(''))
    expect(existsSync(join(root, 'made'))).toBe(false)
    const bytes = await sh("printf '\\377\\000\\n\\n'; printf '\\376' >&2")
    expect([...bytes.stdout]).toEqual([255, 0, 10, 10])
    expect([...bytes.stderr]).toEqual([254])
  })

  test('has the environment and the folder that it was given, and no other', async () => {
    expect(textOf((await run(['/usr/bin/env'], { env: { ONE: '1' } })).stdout)).toBe('ONE=1\n')
    expect(textOf((await sh('pwd', { env: {} })).stdout)).toBe(`${root}\n`)
    process.env['CORPUS_TEST_SEEN'] = 'yes'
    expect(textOf((await sh('echo $CORPUS_TEST_SEEN')).stdout)).toBe('yes\n')
    delete process.env['CORPUS_TEST_SEEN']
  })

  test('reads its input, however much of it there is, and one that does not read it fails nobody', async () => {
    const input = 'x'.repeat(3_000_000)
    expect((await run(['/bin/cat'], { input })).stdout.length).toBe(input.length)
    expect(await sh('exec true', { input })).toMatchObject({ status: 0 })
    expect(textOf((await sh('cat; echo end')).stdout)).toBe('end\n')
  })

  test('tells its output as it comes, and keeps no more of it than is wanted', async () => {
    const pieces: string[] = []
    const ended = await sh('echo one; echo two >&2; seq 100000', {
      keepBytes: 10,
      onOutput: (piece, stream) => void pieces.push(`${stream} ${piece.length}`),
    })
    expect(textOf(ended.stdout)).toBe('one\n1\n2\n3\n')
    expect(pieces.some(piece => piece.startsWith('stderr'))).toBe(true)
    const seen = pieces
      .filter(piece => piece.startsWith('stdout'))
      .reduce((sum, piece) => sum + Number(piece.split(' ')[1]), 0)
    expect(seen).toBe('one\n'.length + 588_895)
  })

  test('ends with its status, or the signal that killed it', async () => {
    expect(await sh('exit 3')).toMatchObject({ status: 3, killedBy: null, timedOut: false })
    expect(await sh('kill -9 $$')).toMatchObject({ status: 128, killedBy: 'SIGKILL' })
  })

  test('that cannot be started says why', async () => {
    expect(await run(['/nowhere/program'])).toMatchObject({
      status: 127,
      spawnError: '/nowhere/program is not installed',
    })
    const folder = join(root, 'gone')
    expect(await sh('true', { cwd: folder })).toMatchObject({
      status: 127,
      spawnError: `the folder ${folder} does not exist`,
    })
    const long = await run(['/bin/true', ...Array.from({ length: 30 }, () => 'x'.repeat(120_000))]).catch(error => ({
      status: 127,
      error,
    }))
    expect(long.status).toBe(127)
  })

  test('has a process group of its own, and its children end with it when its time is over', async () => {
    const ended = await sh(
      "trap '' TERM; sh -c \"trap '' TERM; echo \\$\\$ > child; exec sleep 60\" & echo $$ > group; wait; wait",
      {
        timeoutSeconds: 0.5,
      },
    )
    expect(ended.timedOut).toBe(true)
    expect(ended.status).not.toBe(0)
    const [child, group] = ['child', 'group'].map(name => readFileSync(join(root, name), 'utf8').trim())
    expect(ended.pid).toBe(Number(group))
    await expect.poll(() => isAlive(child ?? ''), { timeout: 10_000 }).toBe(false)
    await expect.poll(() => groupLives(Number(group)), { timeout: 10_000 }).toBe(false)
  })

  test('ends when that is asked, with its children', async () => {
    const stop = new AbortController()
    const asked = sh('sleep 60 & echo $! > child; wait', { signal: stop.signal })
    await expect
      .poll(() => existsSync(join(root, 'child')) && readFileSync(join(root, 'child'), 'utf8').length > 1)
      .toBe(true)
    stop.abort()
    expect(await asked).toMatchObject({ killedBy: 'SIGTERM', timedOut: false })
    await expect.poll(() => isAlive(readFileSync(join(root, 'child'), 'utf8').trim())).toBe(false)
    expect(await sh('touch never', { signal: AbortSignal.abort() })).toMatchObject({ killedBy: 'SIGTERM' })
    expect(existsSync(join(root, 'never'))).toBe(false)
  })

  test('has ended when it ended, though a daemon that it left holds its pipes, and the daemon lives on', async () => {
    const ended = await sh('sleep 60 & echo $! > daemon; echo said')
    expect(ended).toMatchObject({ status: 0, timedOut: false })
    expect(textOf(ended.stdout)).toBe('said\n')
    const daemon = Number(readFileSync(join(root, 'daemon'), 'utf8'))
    expect(isAlive(daemon)).toBe(true)
    process.kill(daemon, 'SIGKILL')
  })

  test('whose start cannot be noted is ended, and does not wait for its input', async () => {
    let pid = 0
    const asked = run(['/bin/cat'], {
      input: 'x',
      onStart: own => {
        pid = own
        throw new Error('no room for a note')
      },
    })
    await expect(asked).rejects.toThrow('no room for a note')
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false)
  })
})
