import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { blankCount, useBlanks } from '../../../src/kernel/blanks.ts'
import { writeWhole } from '../../../src/kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../../../src/kernel/layout.ts'
import { projectName, releaseId } from '../../../src/kernel/names.ts'
import { layNext, takeFolder } from '../../../src/pipeline/next-folder.ts'
import { localShell } from '../../../src/shell/local.ts'
import type { Start } from '../../../src/shell/shell.ts'

let top: string
let layout: ProjectLayout
const first = releaseId('20260101T000000000Z-00000000-0000-4000-8000-000000000001')
const second = releaseId('20260101T000000001Z-00000000-0000-4000-8000-000000000002')
const start: Start = async command => (await localShell.run(command)).status
const blanks = (folder: string) => readdirSync(folder).filter(name => name.startsWith('blank.')).length

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-next-'))
  layout = projectLayout(top, projectName('shop'))
  mkdirSync(layout.queue, { recursive: true })
})
afterEach(() => {
  useBlanks(null)
  rmSync(top, { recursive: true, force: true })
})

test('a folder is laid out, taken once, and what was not needed of it goes into the next one', async () => {
  takeFolder(layout, first)
  expect(readdirSync(layout.deployment(first).folder)).toEqual([])
  await layNext(layout, first, start)
  expect(statSync(join(layout.nextDeployment, 'call')).isFIFO()).toBe(true)
  takeFolder(layout, second)
  const { folder, record, savedBefore } = layout.deployment(second)
  expect(existsSync(layout.nextDeployment)).toBe(false)
  expect(blanks(folder)).toBe(blankCount)
  useBlanks(folder, layout.home)
  writeWhole(record, 'a record')
  writeWhole(savedBefore, 'secret', { mode: 0o600 })
  writeWhole(record, 'another')
  expect(readFileSync(record, 'utf8')).toBe('another')
  expect(statSync(record).mode & 0o777).toBe(0o644)
  expect(statSync(join(folder, 'blank.9')).mode & 0o777).toBe(0o600)
  expect(statSync(savedBefore).mode & 0o777).toBe(0o600)
  expect(blanks(folder)).toBe(blankCount - 3)
  await layNext(layout, second, start)
  expect(blanks(layout.nextDeployment)).toBe(blankCount)
  expect(readdirSync(folder).sort()).toEqual(
    ['children', 'configuration.before.json', 'events.ndjson', 'journal.ndjson', 'output.log', 'record.json'].sort(),
  )
})

test('where a folder is laid out already, only the used one is tidied', async () => {
  takeFolder(layout, first)
  await layNext(layout, first)
  expect(existsSync(join(layout.nextDeployment, 'call'))).toBe(false)
  mkdirSync(layout.deployment(second).folder)
  writeFileSync(join(layout.deployment(second).folder, 'blank.3'), '')
  await layNext(layout, second)
  expect(readdirSync(layout.deployment(second).folder)).toEqual([])
  expect(blanks(layout.nextDeployment)).toBe(blankCount)
})

test('half a folder that was being laid out, and folders of pushes that never came, are taken away', async () => {
  takeFolder(layout, first)
  mkdirSync(join(`${layout.nextDeployment}.making`, 'rest'), { recursive: true })
  const mine = join(layout.deployments, `soon.${process.pid}`)
  const gone = join(layout.deployments, 'soon.4194304')
  for (const folder of [mine, gone]) mkdirSync(folder)
  await layNext(layout, first)
  expect(existsSync(join(layout.nextDeployment, 'rest'))).toBe(false)
  expect([existsSync(mine), existsSync(gone)]).toEqual([true, false])
})

test('more files than there are empty ones, files elsewhere, and a blank that was taken away: all are written', async () => {
  takeFolder(layout, first)
  await layNext(layout, first)
  takeFolder(layout, second)
  const { folder } = layout.deployment(second)
  useBlanks(folder, layout.home)
  writeWhole(join(top, 'elsewhere'), 'x')
  expect(blanks(folder)).toBe(blankCount)
  writeFileSync(join(folder, 'blank.1'), 'half of what somebody wrote who died')
  rmSync(join(folder, 'blank.2'))
  for (let at = 0; at < blankCount + 4; at++) writeWhole(join(layout.home, `file.${at}`), String(at))
  for (let at = 0; at < blankCount + 4; at++)
    expect(readFileSync(join(layout.home, `file.${at}`), 'utf8')).toBe(String(at))
})

test('an empty file that others could have opened is not used, nor kept', async () => {
  takeFolder(layout, first)
  await layNext(layout, first)
  takeFolder(layout, second)
  const { folder, savedBefore } = layout.deployment(second)
  chmodSync(join(folder, 'blank.1'), 0o644)
  useBlanks(folder, layout.home)
  writeWhole(savedBefore, 'secret', { mode: 0o600 })
  expect(readFileSync(join(folder, 'blank.1'), 'utf8')).toBe('')
  expect(readFileSync(savedBefore, 'utf8')).toBe('secret')
  await layNext(layout, second)
  expect(statSync(join(layout.nextDeployment, 'blank.1')).mode & 0o777).toBe(0o600)
})

test.skipIf(!existsSync('/dev/shm') || statSync('/dev/shm').dev === statSync(tmpdir()).dev)(
  'a file on another disk is written there',
  async () => {
    const away = mkdtempSync('/dev/shm/corpus-next-')
    try {
      takeFolder(layout, first)
      await layNext(layout, first)
      takeFolder(layout, second)
      useBlanks(layout.deployment(second).folder, away)
      writeWhole(join(away, 'file'), 'text', { mode: 0o600 })
      expect(readFileSync(join(away, 'file'), 'utf8')).toBe('text')
      expect(statSync(join(away, 'file')).mode & 0o777).toBe(0o600)
      expect(readdirSync(away)).toEqual(['file'])
    } finally {
      rmSync(away, { recursive: true, force: true })
    }
  },
)
