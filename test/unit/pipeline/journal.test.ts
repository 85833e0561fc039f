/** The journal: lines that survive whoever wrote them, and what they say is under way. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  isStateFile,
  type Journal,
  openJournal,
  readJournal,
  stepsUnderWay,
  wayBack,
} from '../../../src/pipeline/journal.ts'

let folder: string
let path: string
let journal: Journal
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-journal-'))
  path = join(folder, 'journal')
  journal = openJournal(path)
})
afterEach(() => {
  journal.close()
  rmSync(folder, { recursive: true, force: true })
})
const steps = () => readJournal(path).map(({ step, phase }) => `${step}:${phase}`)

test('a line is there as soon as it is written, before the journal is closed', () => {
  journal.write('build', 'begin')
  journal.write('build', 'done', true)
  expect(steps()).toEqual(['build:begin', 'build:done'])
  expect(readJournal(path)[0]?.at).toBeGreaterThan(1_600_000_000_000)
})

test('a journal that another runner began is continued', () => {
  journal.write('build', 'begin')
  const next = openJournal(path)
  next.write(wayBack, 'begin')
  next.close()
  expect(steps()).toEqual(['build:begin', 'back:begin'])
})

test('what was begun is known by each name once, the oldest first: also that for which the disk has no room', () => {
  const full = openJournal('/dev/full')
  for (const step of ['build', 'install', 'build']) full.write(step, 'begin')
  full.write('install', 'failed')
  expect(full.begun()).toEqual(['build', 'install'])
  full.close()
  expect(journal.begun()).toEqual([])
})

test('a line that a crash tore is left out, and one that is not there yet is no line', () => {
  journal.write('build', 'begin')
  appendFileSync(path, '{"at":17,"step":"inst')
  expect(steps()).toEqual(['build:begin'])
  expect(readJournal(join(folder, 'none'))).toEqual([])
  expect(readFileSync(path, 'utf8')).toContain('inst')
})

test('under way is what has begun and not ended, the innermost last', () => {
  for (const step of ['trigger', 'install', '010_app.sls']) journal.write(step, 'begin')
  journal.write('trigger', 'done')
  expect(stepsUnderWay(readJournal(path))).toEqual(['install', '010_app.sls'])
  expect(stepsUnderWay(readJournal(path)).filter(isStateFile)).toEqual(['010_app.sls'])
  journal.write('010_app.sls', 'failed')
  expect(stepsUnderWay(readJournal(path))).toEqual(['install'])
})

test('where a deployment turns back, what had begun before has ended', () => {
  journal.write('install', 'begin')
  journal.write(wayBack, 'begin')
  journal.write('rollback', 'begin')
  expect(stepsUnderWay(readJournal(path))).toEqual(['rollback'])
})
