/** The rows of a deployment: what a table leaves of the procedures, and what a choice leaves of the table. */
import { expect, test } from 'vitest'
import { run, skip } from '../../../src/pipeline/mode.ts'
import { type Choice, checkChoice, makesRelease, planOf } from '../../../src/pipeline/plan.ts'
import type { Procedure } from '../../../src/pipeline/procedure.ts'

const step = (name: string, more: Partial<Procedure<object>> = {}): Procedure<object> => ({
  name,
  does: `Does ${name}.`,
  run: async () => {},
  ...more,
})
const procedures = [
  step('make', { makesRelease: true }),
  step('start'),
  step('stop'),
  step('back', { when: 'error' }),
  step('tell', { when: 'always' }),
]
const table = { make: run, start: run, stop: skip('it runs on'), back: run, tell: run }
const planned = (choice?: Choice) =>
  planOf(procedures, table, choice).map(({ procedure, row }) => [procedure.name, 'skip' in row ? row.skip : 'run'])

test('each procedure has its row, in order', () => {
  expect(planned()).toEqual([
    ['make', 'run'],
    ['start', 'run'],
    ['stop', 'it runs on'],
    ['back', 'run'],
    ['tell', 'run'],
  ])
})

test('one that is chosen runs alone', () => {
  const running = planned({ only: ['start'] }).filter(([, what]) => what === 'run')
  expect(running).toEqual([['start', 'run']])
  expect(planned({ only: ['start'] })[0]).toEqual(['make', 'not among the procedures asked for'])
})

test('where a release is made, its failure is taken back and told, whatever was chosen', () => {
  const running = planned({ only: ['make'] }).filter(([, what]) => what === 'run')
  expect(running.map(([name]) => name)).toEqual(['make', 'back', 'tell'])
})

test('what is left out is left out, also of what would be chosen along', () => {
  expect(planned({ only: ['make'], skip: ['tell'] }).at(-1)).toEqual(['tell', 'asked to skip it'])
})

test('no choice runs what the table skips', () => {
  expect(planned({ only: ['stop'] })[2]).toEqual(['stop', 'it runs on'])
})

test('all names that nothing has are refused at once', () => {
  expect(() => planned({ only: ['strat', 'start'], skip: ['nothing'] })).toThrow(/strat.*nothing/)
  expect(() => checkChoice(['start'], { skip: ['start'] })).not.toThrow()
})

test('a table that forgets a procedure is a fault of ours', () => {
  expect(() => planOf(procedures, { make: run })).toThrow(/does not name every procedure/)
})

test('a plan makes a release where what makes one runs', () => {
  expect(makesRelease(planOf(procedures, table))).toBe(true)
  expect(makesRelease(planOf(procedures, table, { only: ['start'] }))).toBe(false)
  expect(makesRelease(planOf(procedures, { ...table, make: skip('made before') }))).toBe(false)
})
