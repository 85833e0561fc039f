import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Exchange,
  finish,
  folderOf,
  moveAll,
  moveAllBack,
  newOf,
  takeBackInterrupted,
} from '../../../src/backups/exchange.ts'
import type { DataContext } from '../../../src/backups/item.ts'
import { localShell } from '../../../src/shell/local.ts'
import type { Shell } from '../../../src/shell/shell.ts'

let root = ''
let target = ''
let context: DataContext
let exchange: Exchange
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'corpus-exchange-'))
  target = join(root, 'data')
  context = {
    shell: localShell,
    dataFolder: target,
    records: join(root, 'records'),
    user: undefined,
    signal: undefined,
  }
  exchange = { context, id: '0123456789ab' }
  fill()
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
const names = ['both', 'goes', 'comes', 'deep/er']
function fill() {
  for (const name of ['both', 'goes']) put(join(target, name), 'old')
  for (const name of ['both', 'comes', 'deep/er']) put(join(target, newOf(exchange), name), 'new')
}
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

test('new and old change places, and back', async () => {
  await moveAll(exchange, names)
  expect(content()).toEqual(after)
  put(join(target, 'goes'), 'made meanwhile')
  await moveAllBack(exchange)
  expect(content()).toEqual(before)
})

test('what is for good is not taken back', async () => {
  await moveAll(exchange, names)
  await finish(exchange)
  expect(await takeBackInterrupted(context)).toBe(false)
  expect(content()).toEqual(after)
  expect(readdirSync(target)).not.toContain(folderOf(exchange.id))
})

test('when one cannot move, all are where they were', async () => {
  writeFileSync(join(target, 'deep'), 'a file in the way')
  await expect(moveAll(exchange, names)).rejects.toThrow()
  rmSync(join(target, 'deep'))
  expect(content()).toEqual(before)
})

test('one that was killed at any rename is taken back the next time', async () => {
  const dying = join(root, 'lib')
  mkdirSync(dying)
  const module = `package Dying; my $left = $ENV{DIE_AFTER};
    *CORE::GLOBAL::rename = sub ($$) { kill 'KILL', $$ if $left-- <= 0; CORE::rename($_[0], $_[1]) }; 1`
  writeFileSync(join(dying, 'Dying.pm'), module)
  for (let renames = 0; renames <= 4; renames++) {
    rmSync(target, { recursive: true, force: true })
    fill()
    let killed = false
    const env = { PERL5LIB: dying, PERL5OPT: '-MDying', DIE_AFTER: String(renames) }
    // The deployment dies with it: nothing is taken back by who began it.
    const shell: Shell = {
      ...localShell,
      run: command =>
        killed
          ? Promise.reject(new Error('dead'))
          : localShell.run({ ...command, env: { ...command.env, ...env } }).then(outcome => {
              killed ||= outcome.killedBy === 'SIGKILL'
              return outcome
            }),
    }
    await expect(moveAll({ ...exchange, context: { ...context, shell } }, names)).rejects.toThrow()
    expect(killed).toBe(true)
    expect(await takeBackInterrupted(context)).toBe(true)
    expect([renames, content()]).toEqual([renames, before])
    expect(readdirSync(target).filter(name => name.startsWith('.'))).toEqual([])
    expect(readdirSync(context.records)).toEqual([])
  }
})

test('a plan in the data, of before, counts for names below the data alone', async () => {
  mkdirSync(join(root, 'other'))
  writeFileSync(join(root, 'other/hook'), "another's")
  await moveAll(exchange, names)
  const plan = JSON.parse(readFileSync(join(context.records, `${exchange.id}.json`), 'utf8'))
  rmSync(join(context.records, `${exchange.id}.json`))
  writeFileSync(join(target, folderOf(exchange.id), 'old/4'), 'planted')
  const forged = { name: '../other/hook', was: true, comes: false }
  writeFileSync(join(target, folderOf(exchange.id), 'plan.json'), JSON.stringify([...plan, forged]))
  expect(await takeBackInterrupted(context)).toBe(true)
  expect(readFileSync(join(root, 'other/hook'), 'utf8')).toBe("another's")
  expect(content()).toEqual(before)
})

test('a plan that was cut off while it was written moved nothing', async () => {
  writeFileSync(join(target, folderOf(exchange.id), 'plan.json'), '[{"name":"bo')
  expect(await takeBackInterrupted(context)).toBe(true)
  expect(content()).toEqual(before)
})
