/** Limits of builds: a build that wants too much is stopped with a clear error, and what runs does not notice. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { meansOfLimits } from '../../src/shell/enclosure.ts'
import { answerOf, statusOf } from '../support/applications.ts'
import { commandLines } from '../support/processes.ts'
import { type Clone, isAlive, makeWorld, uniqueName, type World } from '../support/world.ts'

const means = meansOfLimits()
const isRoot = process.getuid?.() === 0
let world: World
let clone: Clone
const name = uniqueName('limits')
const server = (version: string) => `
require('node:http').createServer((_, response) => response.end(JSON.stringify({ version: '${version}' })))
  .listen(process.env.PORT, '127.0.0.1')
`
beforeAll(async () => {
  world = makeWorld()
  await world.must('init', name, '--mode', 'cooking', '--installer', 'procfile')
  clone = await world.clone(name, { Procfile: 'web: node server.js\n', 'server.js': server('good') })
  const pushed = await clone.push()
  expect(pushed.status, pushed.stderr).toBe(0)
})
afterAll(() => world.dispose())
afterEach(() => rmSync(found(), { force: true }))

/** Where builds write down what they find. */
const found = () => world.path(name, 'data', 'found')
const build = (line: string) => `built:\n  cmd.run:\n    - name: ${JSON.stringify(line)}\n`
const niceOf = (stat: string) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])

/** Every build notes the groups it is in. */
const ownGroups = () => world.path(name, 'data', 'groups')

async function push(line: string, version: string) {
  const noted = `cat /proc/self/cgroup >> '${ownGroups()}'; ${line}`
  await clone.commit({ '.salt/build.sls': build(noted), 'server.js': server(version) })
  return clone.push()
}

test('a build gives way to what runs, and what runs is not slowed down by being built', async () => {
  const pushed = await push(`cat /proc/self/stat > '${found()}'`, 'nice')
  expect(pushed.status, pushed.stderr).toBe(0)
  expect(niceOf(readFileSync(found(), 'latin1'))).toBe(10)
  const { processes } = await statusOf(world, name)
  expect(niceOf(readFileSync(`/proc/${processes[0]?.pid}/stat`, 'latin1'))).toBe(0)
})

test('a build that goes on for ever is ended with all that it started, and what ran before runs on', async () => {
  const mark = `31${Math.floor(Math.random() * 1e6)}`
  await world.must('config', 'set', name, 'build.time=2s')
  const pushed = await push(`setsid sh -c 'while :; do sleep ${mark}; done' & sleep ${mark}`, 'endless')
  expect(pushed.status).not.toBe(0)
  expect(pushed.stderr).toMatch(/BUILD_TOO_LONG|took longer than the 2 s of build\.time/)
  expect(pushed.stderr).toContain('build.time=2h')
  const left = [...commandLines()].filter(([pid, words]) => words.join(' ').includes(mark) && isAlive(`${pid}`))
  expect(left).toEqual([])
  expect(await answerOf(world, name)).toEqual({ version: 'nice' })
  await world.must('config', 'set', name, 'build.time=1h')
})

const hog = `perl -e '$x = "x" x 300_000_000; print length $x'`

test('a build that eats too much memory is ended, and what ran before runs on', async () => {
  await world.must('config', 'set', name, 'build.memory=100M')
  const pushed = await push(hog, 'hungry')
  expect(pushed.status).not.toBe(0)
  if (means.memory === 'together') {
    expect(pushed.stderr).toContain('build.sls needed more memory than the 100 MiB of build.memory')
    expect(pushed.stderr).toContain('build.memory=4G')
  } else {
    expect(pushed.stderr).toContain('build.memory holds for each process alone')
    expect(pushed.stderr).toMatch(/out of memory/i)
  }
  expect(await answerOf(world, name)).toEqual({ version: 'nice' })
  await world.must('config', 'set', name, 'build.memory=600M')
  const again = await push(hog, 'enough')
  expect(again.status, again.stderr).toBe(0)
  expect(await answerOf(world, name)).toEqual({ version: 'enough' })
})

if (means.cpu === 'together')
  test('a build that spins gets no more of the processors than it may', async () => {
    await world.must('config', 'set', name, 'build.cpu=0.3')
    const spin = `perl -e '1 while $i++ < 2e7'`
    const groups = `first=$(sed -n 's/^[0-9]*:\\(cpu\\|cpu,cpuacct\\)://p' /proc/self/cgroup | head -n 1); second=$(sed -n 's/^0:://p' /proc/self/cgroup)`
    const look = `cat /sys/fs/cgroup/cpu$first/cpu.stat /sys/fs/cgroup$second/cpu.stat 2>/dev/null > '${found()}'; true`
    const pushed = await push(`${spin}; ${groups}; ${look}`, 'spun')
    expect(pushed.status, pushed.stderr).toBe(0)
    expect(Number(/^nr_throttled (\d+)$/m.exec(readFileSync(found(), 'utf8'))?.[1])).toBeGreaterThan(0)
  })
else {
  console.warn('skipped: no control group or systemd here limits processors')
  test.skip('a build that spins: this machine has neither control groups for us nor systemd', () => {})
}

if (isRoot && means.by === 'control groups')
  test('what a command leaves running on purpose lives on, without the limits of builds', async () => {
    const file = join(world.scratch, 'daemon')
    const pushed = await push(`setsid sh -c 'echo $$ > ${file}; exec sleep 600' > /dev/null 2>&1 & sleep 0.3`, 'daemon')
    expect(pushed.status, pushed.stderr).toBe(0)
    const pid = readFileSync(file, 'utf8').trim()
    try {
      expect(isAlive(pid)).toBe(true)
      expect(niceOf(readFileSync(`/proc/${pid}/stat`, 'latin1'))).toBe(0)
      expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).not.toContain('corpus-build')
    } finally {
      process.kill(Number(pid), 'SIGKILL')
    }
  })
else {
  console.warn('skipped: without root and control groups a daemon keeps the niceness of the build that started it')
  test.skip('what a command leaves running: needs root and control groups', () => {})
}

if (means.by === 'control groups')
  test('no group is left behind', () => {
    const rows = readFileSync(ownGroups(), 'utf8')
      .split('\n')
      .filter(row => row.includes('/corpus-build-'))
    expect(rows.length).toBeGreaterThan(3)
    const folders = rows.map(folderOf)
    // What they were below is still there: it is looked for in the right place.
    expect(folders.map(dirname).filter(folder => !existsSync(folder))).toEqual([])
    expect(folders.filter(folder => existsSync(folder))).toEqual([])
  })
else {
  console.warn('skipped: groups are made by control groups alone, not by systemd or limits of processes')
  test.skip('no group is left behind: builds here have no groups that we make', () => {})
}

describe('a limit that is none is refused', () => {
  test.each([
    ['memory=-1', 'build.memory must be a size such as 512M or 2G, 16M at least, not "-1"'],
    ['memory=many', 'build.memory must be a size such as 512M or 2G, 16M at least, not "many"'],
    ['cpu=0', 'build.cpu must be a number of processors from 0.01 to 1024, not "0"'],
    ['nice=-5', 'build.nice must be a whole number from 0 to 19, not "-5"'],
    ['time=0', 'build.time must be a time such as 90s, 30m or 2h, from a second to a day, not "0"'],
    ['tim=1h', 'build has no setting "tim"; known are nice, cpu, memory, processes, output, time'],
  ])('build.%s', async (setting, sentence) => {
    const ended = await world.corpus('config', 'set', name, `build.${setting}`)
    expect(ended.status).toBe(3)
    expect(ended.stderr).toContain(sentence)
  })
})

/** `4:memory:/a/corpus-build-1-1`, with the path seen from the root of the hierarchy; the second kind names no controller. */
function folderOf(row: string): string {
  const [, controllers = '', ...path] = row.split(':')
  return join('/sys/fs/cgroup', controllers, path.join(':'))
}
