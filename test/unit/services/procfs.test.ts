/** Which processes are an instance's: what stands in an environment, anybody can put there. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Instance } from '../../../src/services/instance.ts'
import { processesOf } from '../../../src/services/procfs.ts'
import { sweepScript } from '../../../src/services/runit/scripts.ts'
import { findAccount } from '../../../src/shell/account.ts'
import { eventually } from '../../support/world.ts'

describe.skipIf(process.getuid?.() !== 0)('the mark of an instance', () => {
  const nobody = findAccount('nobody')
  if (!nobody) throw new Error('no account')
  const name = `shop.1.web.1.${randomBytes(4).toString('hex')}`
  let folder: string
  let theirs: ChildProcess
  let own: ChildProcess
  const marked = (drop: readonly string[]) =>
    spawn('/usr/bin/env', ['-i', `CORPUS_INSTANCE=${name}`, ...drop, '/bin/sleep', '1000'], { stdio: 'ignore' })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'corpus-mark-'))
    theirs = marked(['/usr/bin/setpriv', '--reuid=65533', '--clear-groups', '--'])
    own = marked(['/usr/bin/setpriv', `--reuid=${nobody.uid}`, '--clear-groups', '--'])
    const ready = (child: ChildProcess) => execFileSync('/bin/ps', ['-o', 'args=', '-p', String(child.pid)]).toString()
    await eventually('both run', () => [theirs, own].every(child => ready(child).startsWith('/bin/sleep')))
  })
  afterEach(() => {
    for (const child of [theirs, own]) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  test('counts for processes of its account alone', () => {
    expect(processesOf(`CORPUS_INSTANCE=${name}`, null, nobody.uid)).toEqual([own.pid])
  })

  test('is not waited for where another account put it into its own environment', () => {
    writeFileSync(join(folder, 'sweep'), sweepScript({ name, account: nobody } as Instance))
    execFileSync('/bin/sh', ['./sweep'], { cwd: folder, env: { PATH: '/usr/bin:/bin' } })
    expect(processesOf(`CORPUS_INSTANCE=${name}`, null, nobody.uid)).toEqual([])
    expect(processesOf(`CORPUS_INSTANCE=${name}`, null, 65_533)).toEqual([theirs.pid])
  })
})
