/** The history of a project: records, the release that serves, and those that can be gone back to. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { linkWhole } from '../../../src/kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../../../src/kernel/layout.ts'
import { projectName, releaseId } from '../../../src/kernel/names.ts'
import {
  currentRelease,
  type DeploymentRecord,
  deploymentIds,
  keptReleases,
  readHistory,
  readRecord,
  runningRelease,
  treeOf,
  writeRecord,
} from '../../../src/pipeline/history.ts'

let top: string
let layout: ProjectLayout
const idOf = (number: number) => releaseId(`20260101T00000000${number}Z-00000000-0000-4000-8000-000000000000`)
const [first, second, third] = [idOf(1), idOf(2), idOf(3)]
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-history-'))
  layout = projectLayout(top, projectName('shop'))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))

function put(release: typeof first, more: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const record: DeploymentRecord = {
    release,
    kind: 'push',
    mode: 'final',
    status: 'succeeded',
    commit: 'a'.repeat(40),
    pillar_commit: null,
    by: 'ada',
    started_at: '2026-01-01T00:00:00.000Z',
    seconds: 1,
    previous: null,
    tree: release,
    branch: 'master',
    before: null,
    procedures: [],
    url: null,
    ...more,
  }
  mkdirSync(layout.deployment(release).folder, { recursive: true })
  writeRecord(layout, record)
  return record
}
const keep = (release: typeof first) => mkdirSync(layout.release(release), { recursive: true })
const serve = (release: typeof first) => {
  mkdirSync(dirname(layout.current), { recursive: true })
  linkWhole(release, layout.current)
}

test('a record is read as it was written, and replaced whole', () => {
  const record = put(first, { status: 'running', seconds: null })
  expect(readRecord(layout, first)).toEqual(record)
  writeRecord(layout, { ...record, status: 'rolled back' }, true)
  expect(readRecord(layout, first)?.status).toBe('rolled back')
  expect(readdirSync(layout.deployment(first).folder)).toEqual(['record.json'])
})

test('a damaged record is none, and takes no other with it', () => {
  put(first)
  put(second)
  writeFileSync(layout.deployment(second).record, '{"release":')
  expect(readRecord(layout, second)).toBeUndefined()
  expect(readRecord(layout, third)).toBeUndefined()
  expect(readHistory(layout).map(one => one.release)).toEqual([first])
  expect(deploymentIds(layout)).toEqual([second, first])
})

test('history is in the order in which deployments began, whatever the clock said', () => {
  put(first, { sequence: 3 })
  put(second, { sequence: 1 })
  put(third, { sequence: 2 })
  expect(readHistory(layout).map(one => one.release)).toEqual([first, third, second])
})

test('those of before the book come last, by their time', () => {
  put(first)
  put(second)
  put(third, { sequence: 1 })
  expect(readHistory(layout).map(one => one.release)).toEqual([third, second, first])
})

test('before the first deployment there is nothing of all that', () => {
  expect(readHistory(layout)).toEqual([])
  expect([currentRelease(layout), runningRelease(layout)]).toEqual([null, null])
  expect(keptReleases(layout)).toEqual([])
})

test('the release that serves is what the link names; without its record nothing is known of it', () => {
  keep(first)
  serve(first)
  expect(currentRelease(layout)).toBe(first)
  expect(runningRelease(layout)).toBeNull()
  const record = put(first)
  expect(runningRelease(layout)).toEqual(record)
})

test('kept are the folders of releases, and nothing else that lies beside them', () => {
  for (const release of [first, third]) keep(release)
  serve(third)
  mkdirSync(join(layout.archived, 'lost+found'))
  expect(keptReleases(layout)).toEqual([third, first])
})

test('a release runs its own tree, or the one that its link leads to', () => {
  mkdirSync(layout.tree(first), { recursive: true })
  keep(second)
  symlinkSync(layout.tree(first), layout.tree(second))
  expect(treeOf(layout, first)).toBe(first)
  expect(treeOf(layout, second)).toBe(first)
  keep(third)
  symlinkSync('/elsewhere', layout.tree(third))
  expect(treeOf(layout, third)).toBe(third)
})
