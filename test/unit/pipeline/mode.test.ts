/** Two tables together: that of a mode, and what a request leaves of it. */
import { expect, test } from 'vitest'
import { asked, narrowed, run, skip } from '../../../src/pipeline/mode.ts'

test('what both run runs, as the request says; what one of them skips is skipped, with the reason of the mode first', () => {
  const mode = { one: run, two: run, three: skip('of the mode'), four: skip('of the mode') }
  const request = { one: asked, two: skip('of the request'), three: run, four: skip('of the request') }
  expect(narrowed(mode, request)).toEqual({
    one: asked,
    two: skip('of the request'),
    three: skip('of the mode'),
    four: skip('of the mode'),
  })
})

test('a reason may be anything but nothing, and rows are never changed', () => {
  expect(skip('built before')).toEqual({ skip: 'built before' })
  expect([run, asked, skip('x')].every(Object.isFrozen)).toBe(true)
})
