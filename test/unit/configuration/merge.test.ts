import { expect, test } from 'vitest'
import { fromJson, toJson } from '../../../src/configuration/json.ts'
import { merged } from '../../../src/configuration/merge.ts'
import { Dict } from '../../../src/salt/python/dict.ts'

const dict = (json: object) => fromJson(json) as Dict
const merge = (...layers: object[]) => toJson(layers.map(dict).reduce(merged, new Dict()))

test('mappings merge, lists and all else are replaced', () => {
  expect(merge({ a: { x: 1, y: [1, 2] }, b: 1 }, { a: { y: [3], z: null }, b: { c: 1 } })).toEqual({
    a: { x: 1, y: [3], z: null },
    b: { c: 1 },
  })
})

test('an empty value replaces a mapping', () => {
  expect(merge({ a: { x: 1 } }, { a: null })).toEqual({ a: null })
})

test('KEY-append adds to the list below, at any depth and in any layer', () => {
  expect(merge({ a: { l: [1] } }, { a: { 'l-append': [2] } }, { a: { 'l-append': 3 } })).toEqual({
    a: { l: [1, 2, 3] },
  })
  expect(merge({ 'l-append': [1] })).toEqual({ l: [1] })
  expect(merge({}, { new: { 'l-append': ['x'] } })).toEqual({ new: { l: ['x'] } })
  expect(merge({ l: [0] }, { 'l-append': [2], l: [1] })).toEqual({ l: [1, 2] })
})

test('KEY-overrides replaces a mapping whole', () => {
  expect(merge({ a: { x: 1 } }, { 'a-overrides': { y: 2 } })).toEqual({ a: { y: 2 } })
  expect(merge({ l: [1] }, { 'l-overrides': [2] }, { 'l-append': [3] })).toEqual({ l: [2, 3] })
})

test('adding to what is no list is an error that names the key', () => {
  expect(() => merge({ a: { l: 'text' } }, { a: { 'l-append': [1] } })).toThrow(
    /"a.l-append" adds to a list, but a.l is/,
  )
})

test('keys that are no text stay what they are', () => {
  const result = merged(Dict.of([[8080, 'low']]), Dict.of([[8080, 'high']]))
  expect([...result]).toEqual([[8080, 'high']])
})

test('neither layer is changed or shared', () => {
  const lower = dict({ a: { l: [1] } })
  const upper = dict({ b: { l: [2] } })
  const result = merged(lower, upper)
  for (const key of ['a', 'b']) ((result.get(key) as Dict).get('l') as number[]).push(9)
  expect(toJson(lower)).toEqual({ a: { l: [1] } })
  expect(toJson(upper)).toEqual({ b: { l: [2] } })
})

test('a configuration that contains itself is refused', () => {
  const loop = new Dict()
  loop.set('self', loop)
  expect(() => merged(new Dict(), loop)).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
  expect(() => merged(loop, new Dict())).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' }))
})
