import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { controlGroup, controlGroups } from '../../../src/shell/control-group.ts'

/** Folders that look like mounted hierarchies: what is written into them can be read again. */
let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-groups-'))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

const limits = {
  nice: 10,
  cpus: 1.5,
  memoryBytes: 64 * 1024 ** 2,
  processes: null,
  outputBytes: 50_000_000,
  seconds: 60,
}
const files = (folder: string, contents: Readonly<Record<string, string>>) => {
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text)
}
const second = (root = '/') => `30 20 0:26 ${root} ${top} rw - cgroup2 cgroup2 rw\n`
const first = (names: string) => `31 20 0:27 / ${top}/${names} rw - cgroup cgroup rw,${names}\n`

test('groups of the second kind are used where they give the controllers', () => {
  files(top, { 'cgroup.controllers': 'cpu memory', 'cgroup.subtree_control': 'cpu memory', 'cgroup.type': 'domain' })
  const groups = controlGroups(second(), '0::/\n')
  expect(groups).toEqual({ memory: { version: 2, folder: top }, cpu: { version: 2, folder: top } })
  const held = controlGroup(groups, limits, 'x-1')
  const group = join(top, 'corpus-build-x-1')
  expect(readFileSync(join(group, 'memory.max'), 'utf8')).toBe(String(64 * 1024 ** 2))
  expect(readFileSync(join(group, 'cpu.max'), 'utf8')).toBe('150000 100000')
  // One group for both: a command enters it once.
  expect(held?.words().filter(word => word.endsWith('cgroup.procs'))).toEqual([join(group, 'cgroup.procs')])
  writeFileSync(join(group, 'memory.events'), 'low 0\noom 3\noom_kill 2\n')
  expect(held?.kills()).toBe(2)
})

test('the root of all groups gives controllers when it is asked to, another group with processes does not', () => {
  files(top, { 'cgroup.controllers': 'memory', 'cgroup.subtree_control': '' })
  expect(controlGroups(second(), '0::/\n').memory).toEqual({ version: 2, folder: top })
  writeFileSync(join(top, 'cgroup.type'), 'domain')
  expect(controlGroups(second(), '0::/\n')).toEqual({})
})

test('groups of the first kind have a hierarchy for each controller, and are made below our own group', () => {
  files(join(top, 'memory', 'ours'), { 'memory.memsw.limit_in_bytes': '' })
  files(join(top, 'cpu,cpuacct'), {})
  const groups = controlGroups(
    first('memory') + first('cpu,cpuacct') + second(),
    '4:memory:/ours\n2:cpu,cpuacct:/gone\n0::/\n',
  )
  expect(groups.memory).toEqual({ version: 1, folder: join(top, 'memory', 'ours') })
  expect(groups.cpu).toEqual({ version: 1, folder: join(top, 'cpu,cpuacct') })
  const held = controlGroup(groups, limits, 'x-2')
  const read = (...parts: string[]) => readFileSync(join(top, ...parts), 'utf8')
  expect(read('memory', 'ours', 'corpus-build-x-2', 'memory.limit_in_bytes')).toBe(String(64 * 1024 ** 2))
  expect(read('cpu,cpuacct', 'corpus-build-x-2', 'cpu.cfs_quota_us')).toBe('150000')
  expect(held?.words().filter(word => word.endsWith('cgroup.procs'))).toHaveLength(2)
  expect(held?.holds).toEqual({ memory: true, cpu: true, pids: false })
})

test('without a place there is no group', () => {
  expect(controlGroups('', '')).toEqual({})
  expect(controlGroup({}, limits, 'x-3')).toBeNull()
})
