/** Limits of builds under a real systemd: each command in a scope of its own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { meansOfLimits } from '../../src/shell/enclosure.ts'
import { type LimitedShell, limitedShell } from '../../src/shell/limited.ts'
import type { Limits } from '../../src/shell/limits.ts'
import { localShell } from '../../src/shell/local.ts'
import { textOf } from '../../src/shell/shell.ts'
import { eventually, isAlive } from '../support/world.ts'

let folder: string
let limited: LimitedShell
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-scopes-'))
})
afterEach(() => {
  limited.close()
  rmSync(folder, { recursive: true })
})

function run(line: string, limits: Partial<Limits>) {
  limited = limitedShell(localShell, {
    nice: 10,
    cpus: null,
    memoryBytes: null,
    processes: null,
    outputBytes: 1024 ** 2,
    seconds: 60,
    ...limits,
  })
  return limited.shell.run({ argv: ['/usr/bin/sh', '-c', line], ofProject: true })
}
const megabyte = 1024 ** 2
const counts = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/system.slice/memory.max'].some(path => existsSync(path))
if (!counts) console.warn('skipped: no control group limits memory on this machine')

test('a command runs in a scope, with the niceness of builds and its own status', async () => {
  expect(meansOfLimits().by).toBe('systemd')
  const ended = await run('cat /proc/self/cgroup; nice; exit 7', { memoryBytes: 200 * megabyte, cpus: 1 })
  expect(textOf(ended.stdout), textOf(ended.stderr)).toMatch(/corpus-build-[\d-]+\.scope[\s\S]*\n10\n$/)
  expect(ended.status).toBe(7)
  expect(limited.lacks()).toEqual([])
})

test.skipIf(!counts)('what eats too much memory is killed, and it is known why', async () => {
  const ended = await run(`perl -e '$x = "x" x 300_000_000'; exit 3`, { memoryBytes: 64 * megabyte })
  expect(ended.status).toBe(3)
  expect(limited.outOfMemory()).toBe('failed')
})

const countsProcesses = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup/system.slice/pids.max'].some(path => existsSync(path))
if (!countsProcesses) console.warn('skipped: no control group counts processes on this machine')

test.skipIf(!countsProcesses)(
  'what begins more processes than it may is refused them, and it is known why',
  async () => {
    const many = 'for (1 .. 100) { my $child = fork; exit 4 if !defined $child; if (!$child) { sleep 20; exit 0 } }'
    const ended = await run(`perl -e '${many}'`, { processes: 30 })
    expect(ended.status, textOf(ended.stderr)).toBe(4)
    expect(limited.outOfProcesses()).toBe('failed')
  },
)

test('systemd knows all limits of the scope as they were said', async () => {
  const ask = 'systemctl show --property=TasksMax,MemoryMax,CPUQuotaPerSecUSec'
  const ended = await run(`${ask} $(grep -o 'corpus-build-[0-9-]*[.]scope' /proc/self/cgroup | head -1)`, {
    processes: 77,
    memoryBytes: 64 * megabyte,
    cpus: 0.5,
  })
  const said = textOf(ended.stdout).trim().split('\n').sort()
  expect(said, textOf(ended.stderr)).toEqual(['CPUQuotaPerSecUSec=500ms', `MemoryMax=${64 * megabyte}`, 'TasksMax=77'])
})

test('what keeps within is not blamed', async () => {
  const ended = await run('exit 3', { memoryBytes: 64 * megabyte })
  expect(ended.status).toBe(3)
  expect(limited.outOfMemory()).toBeNull()
})

test('when the time is over all of it ends, what left its session too', async () => {
  const file = join(folder, 'pid')
  const ended = await run(`setsid sh -c 'echo $$ > ${file}; exec sleep 600' & sleep 600`, {
    seconds: 1,
    memoryBytes: 64 * megabyte,
  })
  expect(ended.timedOut).toBe(true)
  expect(limited.isOutOfTime()).toBe(true)
  await eventually('it ended', () => !isAlive(readFileSync(file, 'utf8').trim()))
})
