/** What needs a machine that is booted with systemd (test/booted): on this one where it is, else on one of the test's own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isBootedWithSystemd } from '../../src/shell/systemd.ts'
import { bootable, isolationFault } from '../support/booted.ts'
import { execute, home } from '../support/world.ts'

interface Results {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const machine = isBootedWithSystemd() ? 'this' : await bootable()
const reason = typeof machine === 'string' && machine !== 'this' ? machine : null
if (reason !== null) console.warn(`skipped: nothing is booted with systemd here, and nothing can be: ${reason}`)

/** The results go to a file of the shared folder. */
const vitest = (results: string) => [
  process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--configLoader=native', '--project=booted',
  '--reporter=default', '--reporter=json', `--outputFile.json=${results}`,
] // biome-ignore format: a command line
const limitSeconds = 240

let results: Results
beforeAll(
  async () => {
    if (reason !== null) return
    if (machine === 'this') {
      const folder = mkdtempSync(join(tmpdir(), 'corpus-booted-'))
      await execute(vitest(join(folder, 'results')), { cwd: home })
      results = JSON.parse(readFileSync(join(folder, 'results'), 'utf8'))
      rmSync(folder, { recursive: true })
      return
    }
    if (typeof machine === 'string') return
    const path = `${join(home, 'node_modules', '.bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
    const words = vitest('/booted/results').map(word => `'${word}'`)
    const ended = await machine.boot(
      `cd '${home}' && export HOME=/root NO_COLOR=1 LANG=C.UTF-8 CORPUS_BOOTED=1 PATH='${path}' && exec ${words.join(' ')}\n`,
      limitSeconds,
    )
    const said = () => `${ended.stdout}${ended.stderr}${textOf(join(machine.folder, 'output'))}`
    const text = textOf(join(machine.folder, 'results'))
    if (text === '') throw new Error(`The booted machine has no results; it ended with ${ended.status}:\n${said()}`)
    results = JSON.parse(text)
  },
  (limitSeconds + 20) * 1000,
)
afterAll(async () => {
  if (typeof machine !== 'string') await machine.end()
})

test.skipIf(reason !== null).each([
  ['driver', 'the contract of drivers holds under a real systemd', 14],
  ['project', 'a project lives under a real systemd, from its first push to its end', 7],
  ['serve', 'corpus serve is a part of the machine', 6],
  ['build-limits', 'builds are kept within limits by a real systemd', 6],
])('%s: %s', (file, _, count) => {
  const suite = results.testResults.find(one => one.name.endsWith(`/booted/${file}.test.ts`))
  const all = suite?.assertionResults ?? []
  for (const one of all) if (isSkipped(one.status)) console.warn(`skipped on the booted machine: ${one.fullName}`)
  const failed = all
    .filter(one => one.status !== 'passed' && !isSkipped(one.status))
    .map(one => [one.fullName, ...one.failureMessages].join('\n'))
  expect([suite?.message ?? 'it did not run', ...failed].filter(text => text !== '')).toEqual([])
  expect(all.length).toBeGreaterThanOrEqual(count)
})

const isSkipped = (status: string) => status === 'skipped' || status === 'pending'

test.skipIf(reason !== null || machine === 'this')('a machine that could write elsewhere is not booted', async () => {
  const other = mkdtempSync(join(tmpdir(), 'corpus-elsewhere-'))
  try {
    expect(await bootable([`--bind=${other}`])).toBe(`the machine could write to ${other}`)
  } finally {
    rmSync(other, { recursive: true })
  }
  const known = '10 9 254:0 /x /booted rw - ext4 /dev/vda rw\n'
  const look = (facts: string, mounts: string) => isolationFault(`${facts}\nmounts\n${mounts}`)
  expect(look('accounts 0 700000 65536', known)).toBe(null)
  expect(look('accounts 0 700000 65536\nwrote touch /usr/x', known)).toBe('the machine could write: touch /usr/x')
  expect(look('accounts 0 700000 65536', '')).toContain('not looked at')
  expect(look('accounts 0 0 4294967295', known)).toContain('root here')
  expect(isolationFault('accounts 0 0 65536\n')).toContain('root here')
})

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
