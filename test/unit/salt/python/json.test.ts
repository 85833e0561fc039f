import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { readJson, writeJson } from '../../../../src/salt/python/json.ts'
import type { Value } from '../../../../src/salt/python/value.ts'

const documents = [
  '{"a": 1.0, "b": [1, 2, {"c": null}], "é😀": "\\u00e9\\ud83d\\ude00"}',
  ...[
    '',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '[1,',
    '[1',
    '[1,]',
    '"a',
    '"a\n"',
    '"\\q"',
    '"\\u12"',
  ],
  ...[
    '"\\u12x4"',
    'nul',
    '1 2',
    '-',
    '01',
    '1.',
    '1e5',
    '1E-7',
    '-0',
    '12345678901234567890',
    'NaN',
    '{a: 1}',
    "{'a': 1}",
  ],
  ...[
    '[Infinity, -Infinity]',
    '[]',
    '{}',
    '[[], {}]',
    '\ufeff1',
    '"\\',
    '"\\"',
    '1e400',
    'true',
    ' \n\t[ 1 , true ]\n x',
  ],
  ...[
    '{"a":1,"a":2}',
    '"/ \x7f \u2028"',
    '0.1',
    '1e16',
    '1e-5',
    '{"b":1,"a":{"d":[],"c":{}}}',
    '{"a" 1}',
    '[1 2]',
    '.5',
  ],
]
const python = `
import json, sys
answers = []
for text in json.load(sys.stdin):
    try:
        v = json.loads(text)
        answers.append([json.dumps(v), json.dumps(v, indent=2, sort_keys=True), json.dumps(v, indent=0, ensure_ascii=False),
                        json.dumps(v, separators=(',', ':')), json.dumps(v, indent='\\t')])
    except ValueError as error:
        answers.append(str(error))
json.dump(answers, sys.stdout)
`
function answer(text: string): unknown {
  try {
    const value = readJson(text)
    return [
      writeJson(value),
      writeJson(value, { indent: 2, sortKeys: true }),
      writeJson(value, { indent: 0, ensureAscii: false }),
      writeJson(value, { separators: [',', ':'] }),
      writeJson(value, { indent: '\t' }),
    ]
  } catch (error) {
    return (error as Error).message
  }
}

test('JSON is read and written, and refused, as Python does it', () => {
  const ended = spawnSync('/usr/bin/python3', ['-c', python], { input: JSON.stringify(documents) })
  const expected = JSON.parse(String(ended.stdout))
  for (const [index, text] of documents.entries()) expect(answer(text), JSON.stringify(text)).toEqual(expected[index])
})

test('Keys that are not text are written as text', () => {
  const keys: [Value, Value][] = [
    [1, 'a'],
    [false, 'b'],
    [null, 'c'],
  ]
  expect(writeJson(Dict.of(keys))).toBe('{"1": "a", "false": "b", "null": "c"}')
})

test('What JSON cannot hold is refused', () => {
  const ring: Value[] = []
  ring.push(ring)
  expect(() => writeJson(ring)).toThrow('Circular reference detected')
  expect(() => writeJson(new Set())).toThrow('Object of type set is not JSON serializable')
  expect(() => readJson('['.repeat(100_000))).toThrow('nested more than')
})
