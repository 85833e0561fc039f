import { expect, test } from 'vitest'
import { filled } from '../../../src/configuration/fill.ts'
import { fromJson, toJson } from '../../../src/configuration/json.ts'
import type { Dict } from '../../../src/salt/python/dict.ts'

const fill = (json: object) => toJson(filled(fromJson(json) as Dict))

test('a place is filled from data, then from the configuration, until nothing is left', () => {
  expect(
    fill({ name: 'shop', data: { host: '{name}.example', url: 'https://{host}/{path}', path: '{name}-x' } }),
  ).toEqual({
    name: 'shop',
    data: { host: 'shop.example', url: 'https://shop.example/shop-x', path: 'shop-x' },
  })
  expect(fill({ who: 'outer', text: '{who}', data: { who: 'inner' } })).toMatchObject({ text: 'inner' })
})

test('places in lists, in nested mappings and with dots are filled', () => {
  const filling = {
    data: { db: { host: 'h' }, list: ['{db.host}', { deep: '{data.db.host}' }], port: 80, on: true, f: 1.5 },
  }
  expect(fill(filling)).toMatchObject({ data: { list: ['h', { deep: 'h' }] } })
  expect(fill({ data: { a: '{port} {on} {f} {none}', port: 80, on: true, f: 1.5, none: null } })).toMatchObject({
    data: { a: '80 True 1.5 None' },
  })
})

test('what is not ours stays as it stands', () => {
  for (const text of [
    '{{ name }}',
    '{{name}}',
    '${name}',
    '{unknown}',
    '{ name }',
    '{list}',
    '{map}',
    '{}',
    '{',
    '{"name"}',
  ])
    expect(fill({ name: 'shop', list: [1], map: { a: 1 }, text })).toMatchObject({ text })
})

test('a key may hand on the outer one of its name', () => {
  expect(fill({ user: 'shop-user', data: { user: '{user}' } })).toMatchObject({ data: { user: 'shop-user' } })
})

test('a circle is an error that names its path', () => {
  expect(() => fill({ data: { a: '{b}', b: 'x {c}', c: '{a}' } })).toThrow(/data\.a -> data\.b -> data\.c -> data\.a/)
  expect(() => fill({ a: '{a}' })).toThrow(expect.objectContaining({ code: 'CONFIGURATION_CIRCLE' }))
})

test('a key with a dot is not mistaken for a path', () => {
  expect(fill({ data: { 'a.b': 'one {x}', a: { b: 'two {x}' }, x: 1 } })).toMatchObject({
    data: { 'a.b': 'one 1', a: { b: 'two 1' } },
  })
})

test('a few lines cannot fill the memory', () => {
  const data: Record<string, string> = { k0: 'laughing' }
  for (let i = 1; i < 40; i++) data[`k${i}`] = `{k${i - 1}}`.repeat(10)
  expect(() => fill({ data })).toThrow(/grows beyond 1 MiB/)
})
