import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogue, exitStatus } from '../../../src/kernel/errors.ts'

const text = readFileSync(join(import.meta.dirname, '../../../docs/exit-statuses.md'), 'utf8')
const rows = [...text.matchAll(/^\| (\d+) \| ([A-Z_]+) \| (.+) \|$/gm)].map(([, exit, code, wayOut]) => ({
  exit: Number(exit),
  code,
  wayOut,
}))

test('every error of the catalogue stands in the documentation, and the documentation names no other', () => {
  const written = rows.map(row => row.code)
  expect([...written].sort()).toEqual(Object.keys(catalogue).sort())
  expect(new Set(written).size).toBe(written.length)
  for (const row of rows) {
    const entry = catalogue[row.code as keyof typeof catalogue]
    expect([row.code, row.exit, row.wayOut?.replaceAll('\\|', '|')]).toEqual([row.code, entry.exit, entry.wayOut])
  }
})

test('every status is explained, and each code has one of them', () => {
  const explained = [...text.matchAll(/^\| (\d+) \| (?![A-Z_]+ \|)/gm)].map(([, status]) => Number(status))
  expect(explained.sort((a, b) => a - b)).toEqual(Object.values(exitStatus).sort((a, b) => a - b))
  for (const entry of Object.values(catalogue)) expect(Object.values(exitStatus)).toContain(entry.exit)
})
