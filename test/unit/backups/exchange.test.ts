import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Exchange,
  finish,
  moveAll,
  moveAllBack,
  newOf,
  takeBackInterrupted,
} from '../../../src/backups/exchange.ts'

let target = ''
let exchange: Exchange
beforeEach(() => {
  target = mkdtempSync(join(tmpdir(), 'corpus-exchange-'))
  exchange = { target, folder: join(target, '.0123456789ab.restoring') }
  for (const name of ['both', 'goes']) put(join(target, name), 'old')
  for (const name of ['both', 'comes', 'deep/er']) put(join(newOf(exchange), name), 'new')
})
afterEach(() => rmSync(target, { recursive: true, force: true }))
const names = ['both', 'goes', 'comes', 'deep/er']
function put(folder: string, text: string) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'file'), text)
}
const content = () =>
  Object.fromEntries(
    readdirSync(target, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && !entry.parentPath.includes('.restoring'))
      .map(entry => [
        join(entry.parentPath, '').slice(target.length + 1),
        readFileSync(join(entry.parentPath, entry.name), 'utf8'),
      ]),
  )
const before = { both: 'old', goes: 'old' }
const after = { both: 'new', comes: 'new', 'deep/er': 'new' }

test('new and old change places, and back', () => {
  moveAll(exchange, names)
  expect(content()).toEqual(after)
  put(join(target, 'goes'), 'made meanwhile')
  moveAllBack(exchange)
  expect(content()).toEqual(before)
})

test('what is for good is not taken back', () => {
  moveAll(exchange, names)
  finish(exchange)
  expect(takeBackInterrupted(target)).toBe(false)
  expect(content()).toEqual(after)
  expect(readdirSync(target)).not.toContain('.0123456789ab.restoring')
})

test('when one cannot move, all are where they were', () => {
  writeFileSync(join(target, 'deep'), 'a file in the way')
  expect(() => moveAll(exchange, names)).toThrow()
  rmSync(join(target, 'deep'))
  expect(content()).toEqual(before)
})

test('one that was killed at any rename is taken back the next time', async () => {
  for (let renames = 0; renames <= 5; renames++) {
    rmSync(target, { recursive: true, force: true })
    for (const name of ['both', 'goes']) put(join(target, name), 'old')
    for (const name of ['both', 'comes', 'deep/er']) put(join(newOf(exchange), name), 'new')
    const script = `
      import fs from 'node:fs'
      import { syncBuiltinESMExports } from 'node:module'
      const rename = fs.renameSync
      let left = ${renames}
      fs.renameSync = (from, to) => (left-- > 0 ? rename(from, to) : process.kill(process.pid, 'SIGKILL'))
      syncBuiltinESMExports()
      const { moveAll } = await import(${JSON.stringify(resolve('src/backups/exchange.ts'))})
      moveAll(${JSON.stringify(exchange)}, ${JSON.stringify(names)})
      process.kill(process.pid, 'SIGKILL')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
    expect(await new Promise(end => child.on('exit', (_, signal) => end(signal)))).toBe('SIGKILL')
    expect(takeBackInterrupted(target)).toBe(true)
    expect([renames, content()]).toEqual([renames, before])
    expect(readdirSync(target).filter(name => name.startsWith('.'))).toEqual([])
  }
})

test('a plan that was cut off while it was written moved nothing', () => {
  writeFileSync(join(exchange.folder, 'plan.json'), '[{"name":"bo')
  expect(takeBackInterrupted(target)).toBe(true)
  expect(content()).toEqual(before)
})
