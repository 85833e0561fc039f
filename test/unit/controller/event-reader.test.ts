/** Events of a deployment that is under way, read as they come. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventReader, eventsOf } from '../../../src/controller/logs.ts'
import { projectLayout } from '../../../src/kernel/layout.ts'
import { projectName, releaseId } from '../../../src/kernel/names.ts'

const release = releaseId('20260101T000000000Z-00000000-0000-4000-8000-000000000000')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'event-reader-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('each is handed on once, whole, wherever a write ends, and all together are those of the file', () => {
  const layout = projectLayout(root, projectName('shop'))
  const file = layout.deployment(release).events
  const read = eventReader(layout, release)
  expect(read()).toEqual([])
  mkdirSync(dirname(file), { recursive: true })
  const bytes = Buffer.from(
    ['ä', 'b', 'c'].map(text => `${JSON.stringify({ type: 'output', text, at: 1 })}\n`).join(''),
  )
  const cut = bytes.indexOf('ä') + 1
  appendFileSync(file, bytes.subarray(0, cut))
  expect(read()).toEqual([])
  appendFileSync(file, bytes.subarray(cut, -5))
  const first = read()
  expect(first.map(one => one.type === 'output' && one.text)).toEqual(['ä', 'b'])
  appendFileSync(file, bytes.subarray(-5))
  expect([...first, ...read()]).toEqual(eventsOf(layout, release))
  expect(read()).toEqual([])
})
