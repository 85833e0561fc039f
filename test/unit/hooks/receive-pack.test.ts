import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const wrapper = join(import.meta.dirname, '../../../src/hooks/receive-pack')
const top = mkdtempSync(join(tmpdir(), 'corpus-wrapper-'))
afterAll(() => rmSync(top, { recursive: true, force: true }))

// In place of git, a program that does what the hook would leave behind.
test.each([
  ['nothing went wrong', 'exit 0', 0],
  ['the deployment failed', 'echo 3 > "$CORPUS_VERDICT"', 3],
  ['a full disk took the number', ': > "$CORPUS_VERDICT"', 1],
  ['it ended well', 'kill -USR1 $PPID; kill -USR2 $PPID; exit 0', 0],
  ['nobody said how it ended', 'kill -USR1 $PPID; exit 0', 1],
  ['git itself failed', 'echo 3 > "$CORPUS_VERDICT"; exit 128', 128],
])('the pusher hears of it: %s', (_, script, status) => {
  const bin = mkdtempSync(join(top, 'bin-'))
  const repository = join(bin, 'project.git')
  mkdirSync(repository)
  writeFileSync(join(bin, 'git'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'git'), 0o755)
  const ended = spawnSync(wrapper, [repository], { env: { PATH: `${bin}:/usr/bin:/bin` } })
  expect(ended.status).toBe(status)
  expect(readdirSync(repository)).toEqual([])
})
