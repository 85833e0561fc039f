import { describe, expect, test } from 'vitest'
import { readerOf } from '../../../src/configuration/placed-yaml.ts'
import { nodeOf, yamlOf } from '../../../src/configuration/yaml-text.ts'
import { CorpusError } from '../../../src/kernel/errors.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import { Float } from '../../../src/salt/python/float.ts'
import type { Value } from '../../../src/salt/python/value.ts'

const valueOfText = (text: string): Value => {
  const reader = readerOf(text)
  const value = reader.value(reader.top)
  reader.end()
  return value
}
const faultsOf = (work: () => unknown): string => {
  try {
    work()
    return ''
  } catch (error) {
    if (!(error instanceof CorpusError)) throw error
    return `${error.code} ${error.message}\n${error.detail}`
  }
}

test('values are what they are in Python: large numbers whole, numbers with a point with one', () => {
  const value = valueOfText(
    '{ a: 1, b: 1.0, c: 123456789012345678901, d: 1e3, e: yes, f: 0644, g: "1", 7: x, h: .inf, i: }',
  )
  const pairs = Object.fromEntries([...(value as Dict)].map(([key, one]) => [String(key), one]))
  expect(pairs).toEqual({
    a: 1,
    b: new Float(1),
    c: 123456789012345678901n,
    d: new Float(1000),
    e: 'yes',
    f: 644,
    g: '1',
    7: 'x',
    h: new Float(Number.POSITIVE_INFINITY),
    i: null,
  })
})

test('what is written reads as it was, whatever stands in it', () => {
  const texts = [
    'yes',
    '0644',
    '22:22',
    'null',
    '~',
    '',
    ' x',
    'a: b',
    '# c',
    '- d',
    '*e',
    '&f',
    '!g',
    '{',
    "'",
    '"',
    '1.0',
  ]
  const odd = [
    '\u2028',
    'a\u2028b',
    'a\nb\n',
    '\n\n a\n',
    '\r',
    '\t',
    '\x00',
    '\x1b[2J',
    '€',
    '<<',
    '__proto__',
    'a'.repeat(300),
  ]
  const all = [...texts, ...odd]
  const dict = new Dict()
  for (const text of all)
    dict.set(text, [text, new Dict().set('x', text), text.length, new Float(text.length), null, true])
  const back = valueOfText(yamlOf(nodeOf(dict)))
  expect(back).toEqual(dict)
  expect([...(back as Dict).keys()]).toEqual(all)
})

describe('what is no YAML is told with its place, and nothing is read of it', () => {
  test.each([
    ['a: [', 'line 1, column 5'],
    ['a: 1\n b: 2', 'line 1, column 4'],
    ['a: !!python/object x', 'line 1, column 4'],
    [`a: ${'[ '.repeat(500_000)}`, 'nested too deep'],
    [`a: ${'[['.repeat(49)}${']]'.repeat(49)}`, 'nested too deep'],
    ['a: 1\n---\nb: 2', 'FILE_INVALID'],
    ['x'.repeat(5 * 1024 ** 2), 'larger than 4 MiB'],
  ])('%#', (text, told) => {
    expect(faultsOf(() => valueOfText(text))).toContain('FILE_INVALID')
    expect(faultsOf(() => valueOfText(text))).toContain(told)
  })
})

test('aliases that come to much, or lead to themselves, come to an end', () => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let at = 1; at < 12; at++) {
    const [name, before] = [String.fromCharCode(97 + at), String.fromCharCode(96 + at)]
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`)
  }
  expect(faultsOf(() => valueOfText(bomb.join('\n')))).toContain('comes to too much')
  expect(faultsOf(() => valueOfText('a: &a [*a]'))).toContain('FILE_INVALID')
  expect(valueOfText('a: &a [1]\nb: *a')).toEqual(new Dict().set('a', [1]).set('b', [1]))
  expect(faultsOf(() => valueOfText('a: *b'))).toContain('line 1, column 4')
})

test('a key that stands twice, or is no text where texts are wanted, is a fault; one that is nearly known is named', () => {
  expect(faultsOf(() => valueOfText('a: { b: 1, b: 2 }'))).toContain('line 1, column 12: "b" stands twice')
  const reader = readerOf('users: 1\nuser: 2\n1: x\n__proto__: y\n')
  reader.fields(reader.top, 'the file', ['users', 'grants'])
  expect(faultsOf(reader.end).split('\n').slice(1)).toEqual([
    'line 2, column 1: "user" is nothing that the file has. Did you mean users?',
    'line 3, column 1: a key of the file is a text',
    'line 4, column 1: "__proto__" is nothing that the file has.',
  ])
})
