import { expect, test } from 'vitest'
import { bodiesOf, isTooDeep, saidByBody } from '../../../src/serve/bodies.ts'

test('brackets count where they are none of a text', () => {
  expect(isTooDeep(`${'['.repeat(65)}`)).toBe(true)
  expect(isTooDeep(`${'[{"a":'.repeat(32)}1`)).toBe(false)
  expect(isTooDeep(JSON.stringify('['.repeat(200)))).toBe(false)
  expect(isTooDeep(JSON.stringify({ a: '\\"[[[[', b: '['.repeat(100) }))).toBe(false)
  expect(isTooDeep('[],'.repeat(10_000))).toBe(false)
  // One that never ends is read once.
  expect(isTooDeep(`"${'\\"'.repeat(500_000)}`)).toBe(false)
})

test('a body is the params, or by its type one of them', () => {
  const bodies = bodiesOf({
    properties: {
      settings: { type: 'array' },
      merge: { media: 'application/merge-patch+json', plainNames: ['keep'] },
      patch: { media: 'application/json-patch+json' },
    },
  })
  expect(saidByBody(bodies, 'application/json', { settings: [] })).toEqual({ settings: [] })
  expect(saidByBody(bodies, 'application/json', { keep: 1 })).toEqual({ merge: { keep: 1 } })
  expect(saidByBody(bodies, 'application/json', { keep: 1, other: 2 })).toEqual({ keep: 1, other: 2 })
  expect(saidByBody(bodies, 'application/merge-patch+json', { other: 2 })).toEqual({ merge: { other: 2 } })
  expect(saidByBody(bodies, 'application/json-patch+json', [])).toEqual({ patch: [] })
  expect(saidByBody(bodiesOf({ properties: {} }), 'application/json-patch+json', [])).toBeUndefined()
  expect(() => saidByBody(bodies, 'application/json', [])).toThrow('A body is a mapping of JSON.')
})
