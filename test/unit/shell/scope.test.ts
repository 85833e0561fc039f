/** What a scope of systemd writes down of a build lies where no account can put something in its way. */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { localShell } from '../../../src/shell/local.ts'
import { scope } from '../../../src/shell/scope.ts'

test('the report of a scope lies in a folder of its own that nobody else reaches, and goes with it', () => {
  const limits = { memoryBytes: null, cpus: null, nice: 0, timeSeconds: null, processes: null }
  const open = scope(localShell, limits as never, 'story')
  try {
    const report = open.words().at(-1) as string
    const { uid, mode } = statSync(dirname(report))
    expect([uid, mode & 0o777]).toEqual([process.getuid?.(), 0o700])
    open.close()
    expect(existsSync(dirname(report))).toBe(false)
  } finally {
    open.close()
  }
})
