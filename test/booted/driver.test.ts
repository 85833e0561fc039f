/** Processes under a real systemd: the contract of all drivers, and limits. Runs on a machine that is booted with it. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemdDriver } from '../../src/services/systemd/driver.ts'
import { localShell } from '../../src/shell/local.ts'
import { node, room, wantedInstances } from '../support/services.ts'
import { servicesContract } from '../support/services-contract.ts'
import { eventually } from '../support/world.ts'

describe('systemd', () => servicesContract(room => systemdDriver({ place: room.place, shell: localShell })))

const group = '/sys/fs/cgroup'
const limits = [`${group}/memory`, `${group}/system.slice/memory.max`].some(path => existsSync(path))
if (!limits) console.warn('skipped: no control group limits memory on this machine')
test.skipIf(!limits)('a limit of memory counts for a process and its children', async () => {
  const here = room()
  const driver = systemdDriver({ place: here.place, shell: localShell })
  try {
    mkdirSync(join(here.root, 'trees/r1'), { recursive: true })
    const command = `${node} -e 'Buffer.alloc(400e6, 1); setTimeout(() => {}, 1e9)' & wait; exit 5`
    await driver.start(wantedInstances(here, 'r1', { services: { worker: { command, memory: '128M' } } }))
    await eventually('it died', async () => ((await driver.list())[0]?.restarts ?? 0) > 0)
    expect((await driver.list())[0]?.lastExit).not.toEqual({ status: 0, signal: null })
  } finally {
    await here.end(driver)
  }
})

const countsProcesses = [`${group}/pids`, `${group}/system.slice/pids.max`].some(path => existsSync(path))
if (!countsProcesses) console.warn('skipped: no control group counts processes on this machine')
test.skipIf(!countsProcesses)('a limit of processes counts for a process and its children', async () => {
  const here = room()
  const driver = systemdDriver({ place: here.place, shell: localShell })
  try {
    mkdirSync(join(here.root, 'trees/r1'), { recursive: true })
    const begun = join(here.root, 'begun')
    const many =
      'for (1 .. 100) { my $child = fork; last if !defined $child; if (!$child) { sleep 600; exit } $count++ }'
    const command = `exec perl -e '${many} open my $out, ">", "${begun}"; print $out "$count\\n"; close $out; sleep 600'`
    await driver.start(wantedInstances(here, 'r1', { services: { worker: { command, processes: 25 } } }))
    const count = await eventually(
      'it has begun what it may',
      () => existsSync(begun) && readFileSync(begun, 'utf8').trim(),
    )
    expect(Number(count)).toBeLessThan(25)
    expect(Number(count)).toBeGreaterThan(5)
  } finally {
    await here.end(driver)
  }
})
