import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AgentLog, agentLog } from '../../../src/agent/log.ts'

let folder: string
let path: string
let log: AgentLog<Writer>
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-log-'))
  path = join(folder, 'agent.log')
  log = agentLog(path, 100)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Writer {
  readonly write: (text: string) => void
  readonly end: () => void
}
function writer(): Writer {
  const file = openSync(path, 'a')
  const one: Writer = {
    write: text => void writeSync(file, text),
    end: () => {
      closeSync(file)
      log.ended(one)
    },
  }
  log.began(one)
  return one
}
const all = () => [`${path}.1`, path].map(one => (existsSync(one) ? readFileSync(one, 'utf8') : ''))
const large = `${'x'.repeat(150)}\n`

it('stays as it is while it is small', () => {
  const one = writer()
  one.write('small\n')
  expect(log.rotate()).toEqual([])
  expect(all()).toEqual(['', 'small\n'])
})

it('puts a large one aside, and keeps what its writers write afterwards', () => {
  const one = writer()
  one.write(large)
  expect(log.rotate()).toEqual([one])
  const two = writer()
  two.write(large)
  one.write('late\n')
  // Who writes into the older one is still there: that must not go.
  expect(log.rotate()).toEqual([one])
  expect(all()).toEqual([`${large}late\n`, large])
  one.end()
  expect(log.rotate()).toEqual([two])
  expect(all()).toEqual([large, ''])
})
