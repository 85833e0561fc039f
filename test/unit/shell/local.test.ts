import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { localShell } from '../../../src/shell/local.ts'
import { isAlive } from '../../support/world.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-local-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('a command that was cancelled before it begins never runs, however quick it is', async () => {
  const made = join(root, 'made')
  for (let round = 0; round < 20; round++) {
    const ended = await localShell.run({ argv: ['/usr/bin/touch', made], signal: AbortSignal.abort() })
    expect(ended).toMatchObject({ killedBy: 'SIGTERM', timedOut: false })
    expect(ended.status).not.toBe(0)
  }
  expect(existsSync(made)).toBe(false)
})

test('a command whose start cannot be noted is ended, and does not wait for its input', async () => {
  let started = 0
  const asked = localShell.run({
    argv: ['/bin/cat'],
    input: 'x'.repeat(10),
    onStart: pid => {
      started = pid
      throw new Error('no room for a note')
    },
  })
  await expect(asked).rejects.toThrow('no room for a note')
  await expect.poll(() => isAlive(started), { timeout: 5000 }).toBe(false)
})
