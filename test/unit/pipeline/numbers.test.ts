/** The book of deployments: places that no clock turns round, and what served one after the other. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ProjectLayout, projectLayout } from '../../../src/kernel/layout.ts'
import { projectName, releaseId } from '../../../src/kernel/names.ts'
import type { DeploymentRecord } from '../../../src/pipeline/history.ts'
import { byOrder, enterBook, nameOf, ranBefore, rememberRan } from '../../../src/pipeline/numbers.ts'

let top: string
let layout: ProjectLayout
const idOf = (number: number) =>
  releaseId(
    `20260101T000000${String(number).padStart(3, '0')}Z-${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`,
  )
const [first, second, third] = [idOf(1), idOf(2), idOf(3)]
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-book-'))
  layout = projectLayout(top, projectName('shop'))
})
afterEach(() => rmSync(top, { recursive: true, force: true }))
const record = (sequence: number, number: number) => ({ release: first, sequence, number }) as DeploymentRecord

test('each deployment has a place, and each that is to make a release a number', () => {
  expect(enterBook(layout, { isRelease: true, previous: null })).toEqual({ sequence: 1, number: 1 })
  expect(enterBook(layout, { isRelease: false, previous: null })).toEqual({ sequence: 2, number: null })
  expect(enterBook(layout, { isRelease: true, previous: null })).toEqual({ sequence: 3, number: 2 })
  expect(statSync(layout.book).mode & 0o777).toBe(0o600)
})

test.each(['', '{"deployments": 4', 'null', '[]'])(
  'a damaged book (%s) goes on behind what the record of the running release has',
  text => {
    mkdirSync(dirname(layout.book), { recursive: true })
    writeFileSync(layout.book, text)
    expect(enterBook(layout, { isRelease: true, previous: record(41, 12) })).toEqual({ sequence: 42, number: 13 })
    expect(enterBook(layout, { isRelease: true, previous: record(41, 12) })).toEqual({ sequence: 43, number: 14 })
  },
)

test('what served is remembered in that order, and the newest time of each counts', () => {
  rememberRan(layout, first, null)
  rememberRan(layout, second, first)
  rememberRan(layout, first, second)
  expect(ranBefore(layout)).toEqual([first, second])
})

test('a release that served before there was a book is in it with the next one', () => {
  rememberRan(layout, third, second)
  expect(ranBefore(layout)).toEqual([third, second])
})

test('what serves already is not written once more', () => {
  rememberRan(layout, first, null)
  const before = readFileSync(layout.book, 'utf8')
  rememberRan(layout, first, first)
  expect(readFileSync(layout.book, 'utf8')).toBe(before)
})

test('the book forgets what is older than anything that can be gone back to', () => {
  for (let at = 1; at <= 120; at++) rememberRan(layout, idOf(at), at === 1 ? null : idOf(at - 1))
  const ran = ranBefore(layout)
  expect([ran.length, ran[0], ran.at(-1)]).toEqual([100, idOf(120), idOf(21)])
})

test('deployments are ordered by their place, and those without one by their time, behind all others', () => {
  const rows = [
    { release: third },
    { release: first, sequence: 2 },
    { release: second, sequence: 1 },
    { release: second },
  ]
  expect(rows.sort(byOrder)).toEqual([
    { release: first, sequence: 2 },
    { release: second, sequence: 1 },
    { release: third },
    { release: second },
  ])
})

test('a release is called by its number, and a deployment without one by its time', () => {
  expect(nameOf({ release: first, number: 12 })).toBe('v12')
  expect(nameOf({ release: first, number: null })).toMatch(/^20260101T000000-/)
})
