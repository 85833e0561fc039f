import { expect, test } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { Float } from '../../../../src/salt/python/float.ts'
import type { Value } from '../../../../src/salt/python/value.ts'
import { writeYaml, yamlDoubleQuoted, yamlEncoded, yamlSingleQuoted } from '../../../../src/salt/yaml/index.ts'
import { askPyyaml, told } from './pyyaml.ts'

const texts = [
  ...[
    'a',
    'yes',
    'No',
    'null',
    '~',
    '',
    '12',
    '0644',
    '1.5',
    '1e3',
    'a: b',
    'a:b',
    '- x',
    '-',
    '?',
    ': x',
    '#x',
    'x #y',
  ],
  ...[
    "it's",
    '"q"',
    'a\nb',
    'a\n',
    '\n',
    ' a',
    'a ',
    'a\n b',
    'a \nb',
    'tab\t',
    'é',
    '😀',
    '\u2028',
    '2020-01-01',
    '22:22',
  ],
  ...[
    '=',
    '<<',
    '---',
    '...x',
    '%a',
    '@x',
    '`',
    '!x',
    '&x',
    '*x',
    '|',
    '{x}',
    'x]',
    'a, b',
    '\\',
    '\x01',
    '\x85',
    '\xa0',
  ],
  ...['long word '.repeat(12).trim(), 'x'.repeat(100), `two  ${'words '.repeat(30)}`, 'k'.repeat(130), 'é'.repeat(70)],
  ...["it's ".repeat(30), 'a\n\nb\n', 'x\r', '{{ a }}', 'http://x:80/', 'a?b', `two\n${'lines '.repeat(20)}\n`],
]
const shared: Value[] = [1, 'two']
const values: Value[] = [
  ...texts,
  ...texts.map(text => Dict.of([[text, text]])),
  ...texts.map(text => [text, [text]]),
  Dict.of({ b: [1, 'two', null, true], a: Dict.of({ x: 'y: z', q: 'it\'s "q"' }), n: new Float(1.5) }),
  Dict.of({ l: [[1, [2, []]], Dict.of({ k: [Dict.of({ x: [] })] })], e: new Dict() }),
  Dict.of([
    [2, 'b'],
    [10, 'a'],
    [true, 'c'],
  ]),
  Dict.of([
    ['b', 1],
    [1, 2],
  ]),
  [
    1e3,
    -5,
    12345678901234567890n,
    new Float(1e20),
    new Float(1e-7),
    new Float(Number.POSITIVE_INFINITY),
    new Float(-0),
  ],
  Array.from({ length: 60 }, (_, index) => index),
  Dict.of(Array.from({ length: 30 }, (_, index): [Value, Value] => [`key${index}`, 'v'.repeat(index)])),
  new Uint8Array(Buffer.from('bytes '.repeat(30))),
]
const styles = [
  [{ flow: true }, { default_flow_style: true }],
  [{ flow: false }, { default_flow_style: false }],
  [{ flow: null }, { default_flow_style: null }],
  [
    { flow: null, width: 30 },
    { default_flow_style: null, width: 30 },
  ],
  [{ indent: 4 }, { indent: 4 }],
  [
    { sortKeys: false, allowUnicode: false },
    { sort_keys: false, allow_unicode: false },
  ],
  [{ style: '|' }, { default_style: '|' }],
  [{ style: '>' }, { default_style: '>' }],
  [{ style: '"' }, { default_style: '"' }],
  [
    { style: "'", explicitStart: true, explicitEnd: true },
    { default_style: "'", explicit_start: true, explicit_end: true },
  ],
] as const

test('Values are written letter by letter as PyYAML writes them', () => {
  const cases = styles.flatMap(([ours, theirs]) => values.map(value => ({ value, ours, theirs })))
  const jobs = cases.map(({ value, theirs }) => ({ value: told(value), options: { allow_unicode: true, ...theirs } }))
  const expected = askPyyaml(jobs)
  for (const [index, { value, ours }] of cases.entries())
    expect(writeYaml(value, ours), JSON.stringify(jobs[index])).toBe(expected[index])
})

test('What is shared is written once and referred to', () => {
  expect(writeYaml(Dict.of({ x: shared, y: shared }))).toBe('x: &id001\n- 1\n- two\ny: *id001\n')
})

test('An ordered mapping keeps its order where only plain ones are sorted', () => {
  const ordered = new Dict('OrderedDict').set('b', 1).set('a', 2)
  expect(writeYaml(ordered, { flow: true, sortKeys: 'dict' })).toBe('{b: 1, a: 2}\n')
  expect(writeYaml(ordered, { flow: true })).toBe('{a: 2, b: 1}\n')
})

test('Values that contain themselves are written as aliases', () => {
  const ring: Value[] = []
  ring.push(ring)
  expect(writeYaml(ring)).toBe('&id001\n- *id001\n')
})

test('Scalars can be quoted to be set into a template', () => {
  expect(yamlDoubleQuoted('it is "so"\n\té\u2028')).toBe('"it is \\"so\\"\\n\\t\\xE9\\L"')
  expect(yamlSingleQuoted("it's")).toBe("'it''s'")
  expect(yamlSingleQuoted('a\nb')).toBe("'a\n\nb'")
  expect([5, true, null, new Float(1)].map(yamlEncoded)).toEqual(['5', 'true', 'null', '1.0'])
  expect(yamlEncoded('yes')).toBe('"yes"')
  expect(() => yamlEncoded([])).toThrow('only works with YAML scalar data')
})
