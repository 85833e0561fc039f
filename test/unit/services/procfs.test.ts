/** Which processes are an instance's: what stands in an environment, anybody can put there. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Instance } from '../../../src/services/instance.ts'
import { processesOf } from '../../../src/services/procfs.ts'
import { sweepScript } from '../../../src/services/runit/scripts.ts'
import { findAccount } from '../../../src/shell/account.ts'
import { eventually, isAlive } from '../../support/world.ts'

describe.skipIf(process.getuid?.() !== 0)('the mark of an instance', () => {
  const nobody = findAccount('nobody')
  if (!nobody) throw new Error('no account')
  const name = `shop.1.web.1.${randomBytes(4).toString('hex')}`
  let folder: string
  let theirs: ChildProcess
  let own: ChildProcess
  const marked = (drop: readonly string[]) =>
    spawn('/usr/bin/env', ['-i', `CORPUS_INSTANCE=${name}`, ...drop, '/bin/sleep', '1000'], { stdio: 'ignore' })
  const sweep = (...group: string[]) => {
    writeFileSync(join(folder, 'sweep'), sweepScript({ name, account: nobody } as Instance), { mode: 0o700 })
    execFileSync('./sweep', group, { cwd: folder, env: { PATH: '/usr/bin:/bin' } })
  }
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
    sweep()
    expect(processesOf(`CORPUS_INSTANCE=${name}`, null, nobody.uid)).toEqual([])
    expect(processesOf(`CORPUS_INSTANCE=${name}`, null, 65_533)).toEqual([theirs.pid])
  })

  test('ends a process that has a line break and brackets in its name, as a dead one looks', async () => {
    own.kill('SIGKILL')
    const hides = 'open my $name, ">", "/proc/self/comm" or die; syswrite $name, "a) Z 1 2 \\nb"; sleep 1000'
    const drop = ['/usr/bin/setpriv', `--reuid=${nobody.uid}`, '--clear-groups', '--']
    own = spawn('/usr/bin/env', ['-i', `CORPUS_INSTANCE=${name}`, ...drop, '/usr/bin/perl', '-e', hides], {
      stdio: 'ignore',
    })
    const stat = () => readFileSync(`/proc/${own.pid}/stat`, 'latin1')
    await eventually('it has its name', () => stat().includes('(a) Z 1 2 \nb)'))
    sweep()
    await eventually('it is gone', () => !isAlive(own.pid as number))
  })

  test('leaves alone what has the number of its process group by now', async () => {
    const other = spawn('/usr/bin/setpriv', ['--reuid=65533', '--clear-groups', '--', '/bin/sleep', '1000'], {
      stdio: 'ignore',
      detached: true,
    })
    try {
      const uid = () => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${other.pid}/status`, 'latin1'))?.[1]
      await eventually('it runs', () => uid() === '65533')
      sweep(String(other.pid))
      expect(isAlive(other.pid as number)).toBe(true)
    } finally {
      other.kill('SIGKILL')
    }
  })
})
