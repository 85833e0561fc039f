/** The five tables: of one shape, with a reason for each procedure that does not run. */
import { expect, test } from 'vitest'
import { procedureNames } from '../../../src/kernel/procedure-names.ts'
import { modeName, modes, tableFor, tables } from '../../../src/modes/index.ts'
import { firstPillar } from '../../../src/modes/pillar.ts'
import { procedures, proceduresOf } from '../../../src/procedures/index.ts'

const all = { ...tables, firstPillar }
const running = (table: Readonly<Record<string, object>>) =>
  procedureNames.filter(name => 'run' in (table[name] as object))

test('the tables are those of the three modes, of a push of the pillar, and of going back', () => {
  expect(Object.keys(tables)).toEqual(['editable', 'cooking', 'final', 'pillar', 'rollback'])
})

test.each(Object.entries(all))('%s names every procedure, in the order of the list', (_title, table) => {
  expect(Object.keys(table)).toEqual(procedures.map(one => one.name))
})

test.each(Object.entries(all))('%s says why, of each procedure that does not run', (_title, table) => {
  for (const row of Object.values(table)) if ('skip' in row) expect(row.skip).toMatch(/^\S.{10,}[^.]$/)
})

test.each(Object.entries(all))('%s runs what starts a deployment and what tells of its end', (_title, table) => {
  expect(running(table)).toEqual(expect.arrayContaining(['trigger', 'notification']))
})

test('a push of the pillar runs what both its own table and that of the mode run', () => {
  const kind = 'pillar' as const
  for (const mode of ['editable', 'cooking', 'final'] as const)
    expect(running(tableFor(mode, { kind, isFirst: false }))).toEqual(
      running(tables.pillar).filter(name => running(modes[mode]).includes(name)),
    )
})

test('of two reasons, that of the mode is told', () => {
  const table = tableFor('final', { kind: 'pillar', isFirst: false })
  expect(table.build).toEqual({ skip: 'built once, in cooking' })
  expect(table.configure).toEqual({ skip: 'only the pillar was pushed' })
})

test('a pillar that comes before the first push is stored, and taken back where that fails', () => {
  const table = tableFor('final', { kind: 'pillar', isFirst: true })
  expect(running(table)).toEqual(['trigger', 'initialization', 'rollback', 'notification'])
})

test('who goes back in production asks for rollback, and nothing is built; a developer’s tree stays', () => {
  const back = (mode: 'final' | 'editable') => tableFor(mode, { kind: 'rollback', isFirst: false })
  expect(running(back('final'))).toEqual(['trigger', 'rollback', 'notification'])
  expect(back('final').rollback).toMatchObject({ asked: true })
  expect(back('editable').rollback).toEqual({ skip: 'nothing is taken from the developer' })
})

test('what a release runs again that was brought back, the table of going back leaves to rollback', () => {
  const again = procedures.filter(one => proceduresOf(2).find(other => other.name === one.name)?.again)
  expect(again.map(one => one.name)).toEqual(['reconfigure', 'activate', 'post_install'])
  for (const { name } of again) expect(tables.rollback[name]).toEqual({ skip: 'rollback runs it again' })
})

test('only a procedure that can be asked for is asked for by a table', () => {
  for (const table of Object.values(all))
    for (const procedure of proceduresOf(2))
      if ('asked' in table[procedure.name as keyof typeof table]) expect(procedure.asked).toBeDefined()
})

test('a mode that is not there is refused, with the one that was meant', () => {
  expect(modeName('cooking')).toBe('cooking')
  expect(() => modeName('coking')).toThrow(/There is no mode .*cooking/)
})
