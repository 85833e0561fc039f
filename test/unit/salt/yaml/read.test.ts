import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { str } from '../../../../src/salt/python/repr.ts'
import { readYaml, readYamlPlaced, writeYaml, YamlError } from '../../../../src/salt/yaml/index.ts'
import { documents } from './documents.ts'
import { askPyyaml, told } from './pyyaml.ts'

const read = (text: string) => readYaml({ path: 'x.sls', text })
const answer = (text: string) => {
  try {
    return { value: told(read(text)) }
  } catch (error) {
    if (error instanceof YamlError) return { error: error.pythonText }
    throw error
  }
}
const problem = (text: string) => {
  try {
    read(text)
  } catch (error) {
    if (error instanceof YamlError) return error.message
    throw error
  }
  return 'read'
}

test('Documents mean what they mean to PyYAML, and wrong ones are refused in its words', () => {
  const expected = askPyyaml(documents) as { crash?: string }[]
  for (const [index, text] of documents.entries()) {
    const wanted = expected[index]
    if (wanted?.crash) expect(answer(text), text).toHaveProperty('error')
    else expect(answer(text), JSON.stringify(text)).toEqual(wanted)
  }
})

test('A leading zero means decimal, as in Salt', () => {
  expect(str(read('[0644, 0, 00, 007, 0_7, 0899, 0x1F, 0b11, +0_7, -010]'))).toBe(
    "[644, 0, 0, 7, 7, '0899', 31, 3, 7, -8]",
  )
})

test('Dates and 1e3 stay text, 22:22 is a number, 1.0e+3 a float', () => {
  expect(str(read('[2024-01-02, 2024-01-02 10:00:00, 1e3, 22:22, 12:30:45, 1.0e+3, 1_000]'))).toBe(
    "['2024-01-02', '2024-01-02 10:00:00', '1e3', 1342, 45045, 1000.0, 1000]",
  )
})

test('A repeated key is refused with both places, and 1 and true are the same key', () => {
  expect(problem('a: 1\nb: 2\na: 3')).toBe("x.sls:3:1: found conflicting ID 'a'")
  expect(problem('1: a\ntrue: b')).toBe("x.sls:2:1: found conflicting ID 'True'")
  expect(problem('x: &a {k: 1}\ny: {<<: [*a, {k: 2}]}')).toContain("found conflicting ID 'k'")
})

test('Merge keys bring the pairs of other mappings, which own keys override', () => {
  expect(str(read('b: &b {c: blue, s: 1}\nx: {<<: *b, c: red}\ny: {<<: [*b, {e: 1}]}'))).toBe(
    "{'b': {'c': 'blue', 's': 1}, 'x': {'s': 1, 'c': 'red'}, 'y': {'e': 1, 'c': 'blue', 's': 1}}",
  )
})

test('An alias is the same value, not a copy', () => {
  const value = read('a: &x [1]\nb: *x') as Dict
  expect(value.get('a')).toBe(value.get('b'))
})

test('Braces that no template has replaced are told as a key that cannot be one', () => {
  expect(problem('a: {{ x }}')).toBe(
    "x.sls:1:5: found unacceptable key [(ScalarNode(tag='tag:yaml.org,2002:str', value='x'), ScalarNode(tag='tag:yaml.org,2002:null', value=''))]",
  )
})

test('Values that contain themselves are refused', () => {
  expect(problem('- &a [*a]')).toContain('found unconstructable recursive node')
  expect(problem('&a {<<: *a}')).toBe('read')
})

test('Every line, column and problem is told of the original text', () => {
  const error = (text: string) => {
    try {
      read(text)
    } catch (thrown) {
      if (thrown instanceof YamlError) return [thrown.kind, thrown.line, thrown.column, thrown.problem]
    }
    return undefined
  }
  expect(error('a: 1\nb: c: d')).toEqual(['scanner', 2, 5, 'mapping values are not allowed in this context'])
  expect(error('😀: [')).toEqual(['parser', 2, 1, 'did not find expected node content'])
  expect(error('"😀" "x"')).toEqual(['parser', 1, 5, 'did not find expected <document start>'])
})

test('Places of keys and items are remembered where they are asked for', () => {
  const { value, placeOf } = readYamlPlaced({ path: 'x', text: 'a:\n  - b\n  - c: 1\n' })
  const list = (value as Dict).get('a')
  expect(placeOf(value as Dict, 'a')).toEqual({ line: 1, column: 1 })
  expect(placeOf(list as [], 1)).toEqual({ line: 3, column: 5 })
  expect(placeOf((list as Dict[])[1] as Dict, 'c')).toEqual({ line: 3, column: 5 })
  expect(placeOf(new Dict(), 'c')).toBeUndefined()
})

test('Texts made to exhaust the reader are refused', () => {
  const laughs = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`)}]`)
  expect(problem(`a0: &a0 [x]\n${laughs.join('\n')}`)).toContain('aliases make more than')
  expect(problem('['.repeat(100_000))).toContain('nested more than')
  expect(problem('- '.repeat(100_000))).toContain('nested more than')
  expect(problem('{a: '.repeat(100_000))).toContain('nested more than')
  expect(problem('x'.repeat(10_000_000))).toContain('larger than')
  expect(problem('9'.repeat(100_000))).toContain('is not a number')
  expect(problem('a: \x00')).toContain('control characters are not allowed')
})

test('Whatever is done to a document, it is read or refused', () => {
  const marks = fc.constantFrom(...' \n\t:-?,[]{}&*!|>\'"%@`#', '---\n', '<<: ', '*a', '&a ', '!!str ', '\\')
  const damaged = fc
    .tuple(fc.constantFrom(...documents), fc.nat(60), fc.nat(3), fc.array(marks, { maxLength: 3 }))
    .map(([text, at, cut, insert]) => text.slice(0, at) + insert.join('') + text.slice(at + cut))
  fc.assert(
    fc.property(damaged, text => {
      answer(text)
    }),
    { numRuns: 2000 },
  )
})

const simple = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.constant(null),
)
const { tree } = fc.letrec(tie => ({
  tree: fc.oneof({ depthSize: 'small' }, simple, fc.array(tie('tree'), { maxLength: 4 }), tie('dict')),
  dict: fc.array(fc.tuple(fc.string(), tie('tree')), { maxLength: 4 }).map(pairs => Dict.of(pairs as [string, null][])),
}))

test('What is written is read back the same, in every style', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(true, false, null), fc.constantFrom(20, 80), (value, flow, width) => {
      const text = writeYaml(value as null, { flow, width, sortKeys: false })
      expect(told(read(text))).toEqual(told(value as null))
    }),
    { numRuns: 500 },
  )
})
