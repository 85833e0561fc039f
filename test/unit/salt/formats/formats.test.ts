import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, test } from 'vitest'
import { readIni, writeIni } from '../../../../src/salt/formats/ini.ts'
import { readMsgpack, writeMsgpack } from '../../../../src/salt/formats/msgpack.ts'
import { readPlist, writePlist } from '../../../../src/salt/formats/plist.ts'
import { readToml } from '../../../../src/salt/formats/toml-read.ts'
import { writeToml } from '../../../../src/salt/formats/toml-write.ts'
import { Dict } from '../../../../src/salt/python/dict.ts'
import { Float } from '../../../../src/salt/python/float.ts'
import { readJson, writeJson } from '../../../../src/salt/python/json.ts'
import type { Value } from '../../../../src/salt/python/value.ts'
import { resultOf, type StateTree, stateTree } from '../../../support/state-tree.ts'

const value = (json: string): Value => readJson(json)
const plain = (one: Value): unknown => JSON.parse(writeJson(one, { indent: null, sortKeys: false, ensureAscii: true }))
const orRefused = (work: () => unknown): unknown => {
  try {
    return work()
  } catch {
    return 'refused'
  }
}

function askPython(jobs: readonly (readonly [kind: string, value: unknown])[]): unknown[] {
  const ended = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'oracle.py')], { input: JSON.stringify(jobs) })
  if (ended.status !== 0) throw new Error(`python3 is needed here: ${ended.stderr}`)
  return (JSON.parse(String(ended.stdout)) as unknown[]).map(one =>
    one !== null && typeof one === 'object' && 'refused' in one ? 'refused' : one,
  )
}

const structures = [
  '{"b": [1, -2.5, true, false, "x & <y>", [], {}], "a": {"k": {"deep": ["one", {"two": 2}]}}}',
  '{"é": "ü\\nline", "empty": "", "big": 12345678901, "f": 1e20, "z": 0.0}',
  '["top", {"level": "list"}]',
  '{"n": null}',
  '"text"',
  '{}',
]

test('Property lists are written as Python writes them, and read back', () => {
  const expected = askPython(structures.map(json => ['write plist', json]))
  structures.forEach((json, at) => {
    const given = value(json)
    const written = orRefused(() => String(writePlist(given, { sortKeys: true })))
    expect(written, json).toBe(expected[at])
    if (written !== 'refused') expect(plain(readPlist(String(written)))).toEqual(plain(given))
  })
})

test('Property lists that are damaged are refused', () => {
  for (const text of [
    '',
    '<plist>',
    '<plist><dict><string>x</string></dict></plist>',
    '<plist><integer>x</integer></plist>',
    'text',
  ])
    expect(() => readPlist(text), text).toThrow('Invalid file')
})

const inis = ['{"one": {"Key": 1, "b": "two\\nlines"}, "Two": {"x": "a = b"}}', '{"s": {"p": "100%"}}', '{}']

test('Sections are written as Python writes them', () => {
  const expected = askPython(inis.map(json => ['write ini', json]))
  const ours = inis.map(json => orRefused(() => writeIni(value(json))))
  expect(ours).toEqual(expected)
})

const iniTexts = [
  '[a]\nX = 1\ny: two\n  more\n\n; note\n[b]\n# other\nz=\n',
  '[DEFAULT]\nd = 1\n[a]\nx = 2\n',
  'x = 1\n',
  '[a]\nno value\n',
]

test('Sections are read as Python reads them', () => {
  const expected = askPython(iniTexts.map(text => ['read ini', text]))
  expect(iniTexts.map(text => orRefused(() => plain(readIni(text))))).toEqual(expected)
})

const tomls = [
  'a = 1\nb = "x\\ty\\u00e9"\nc = \'lit\\eral\'\nd = [ 1, [2, "z"], ] # note\ne = 1_000\nf = -1.5e3\ng = true\nh = 0xff\n',
  '[one]\nx = 1\n[one.two]\ny = 2\n[[list]]\nn = 1\n[[list]]\nn = 2\n[list.inner]\nk = "v"\n',
  '"quoted key".sub = 1\na.b.c = {x = 1, "y z" = [true]}\n',
  's = """\nfirst\n  second \\\n   joined"""\nt = \'\'\'\nraw \\n\'\'\'\n',
  'a = [\n  1, # one\n  2\n]\nempty = []\ntable = {}\n',
  'when = 2024-01-02\nat = 2024-01-02T03:04:05Z\n',
  'a = 1\na = 2\n',
  'a = \n',
  'a = 1 b = 2\n',
  '[a\n',
  'a = "x\n',
  'a = [1, 2\n',
  '',
]

test('TOML is read as Python reads it', () => {
  const expected = askPython(tomls.map(text => ['read toml', text])) as Record<string, unknown>[]
  tomls.forEach((text, at) => {
    const ours = orRefused(() => plain(readToml(text)))
    const theirs = text.startsWith('when') ? { when: '2024-01-02', at: '2024-01-02T03:04:05Z' } : expected[at]
    expect(ours, text).toEqual(theirs)
  })
})

test('TOML that is written is read again by Python', () => {
  const tables = structures.filter(json => json.startsWith('{') && !json.includes('null'))
  const expected = askPython(tables.map(json => ['read toml', writeToml(value(json))]))
  expect(expected).toEqual(tables.map(json => JSON.parse(json)))
})

test('TOML has scalars first, then tables, then arrays of tables in their place', () => {
  const text = writeToml(
    value('{"t": {"x": 1, "u": {"y": [1, "a"]}}, "s": "q\\"", "l": [{"n": 1}, {"n": 2}], "none": null}'),
  )
  expect(text).toBe('s = "q\\""\n[[l]]\nn = 1\n\n[[l]]\nn = 2\n\n[t]\nx = 1\n\n[t.u]\ny = [ 1, "a",]\n')
})

test('MessagePack comes back as it was, in as few bytes as there can be', () => {
  const values: Value[] = [
    null,
    true,
    [0, 127, 128, 255, 256, 65535, 65536, 4294967295, 4294967296, -1, -32, -33, -128, -129, -32769, -2147483649],
    [9223372036854775808n, -9223372036854775808n, new Float(1.5)],
    ['', 'é', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(256), 'x'.repeat(65536)],
    Dict.of([
      ['k', [1, Dict.of({ a: null })]],
      [2, 'two'],
    ]),
    Array.from({ length: 16 }, (_, at) => at),
    new Uint8Array([1, 2, 3]),
  ]
  for (const one of values) expect(readMsgpack(writeMsgpack(one))).toEqual(one)
  const hex = (one: Value) => writeMsgpack(one).toString('hex')
  expect([hex(Dict.of({ a: 1 })), hex([-1, 200]), hex('é'), hex(-33), hex(new Float(1.5))]).toEqual([
    '81a16101',
    '92ffccc8',
    'a2c3a9',
    'd0df',
    'cb3ff8000000000000',
  ])
  for (const damaged of ['', 'c1', '91', '0101', 'df00ffffff', 'db7fffffff61'])
    expect(() => readMsgpack(Buffer.from(damaged, 'hex')), damaged).toThrow(/Unpack failed/)
})

describe('file.serialize', () => {
  let tree: StateTree
  afterEach(() => tree.remove())

  it('writes every format, and merges where it can read', async () => {
    const formats = ['yaml', 'json', 'toml', 'plist', 'configparser', 'keyvalue', 'python', 'msgpack']
    const dataset = (name: string) => (name === 'keyvalue' ? '{a: b, c: 1}' : '{sec: {a: b, c: d}}')
    const state = (name: string) =>
      `${name}: {file.serialize: [name: "{{ root }}/${name}", serializer: ${name}, dataset: ${dataset(name)}]}`
    tree = stateTree({
      'main.sls': `{% set root = pillar['root'] %}\n${formats.map(state).join('\n')}\n`,
      'merge.sls': `{% set root = pillar['root'] %}\n${['toml', 'plist', 'configparser', 'msgpack']
        .map(name => state(name).replace('c: d', 'c: e').replace(']}', ', merge_if_exists: true]}'))
        .join('\n')}\n`,
    })
    expect((await tree.apply()).ok).toBe(true)
    const text = (name: string) => readFileSync(join(tree.root, 'out', name), 'utf8')
    expect(text('toml')).toBe('[sec]\na = "b"\nc = "d"\n\n')
    expect(text('configparser')).toBe('[sec]\na = b\nc = d\n\n\n')
    expect(text('keyvalue')).toBe('a=b\nc=1\n')
    expect(text('python')).toBe("{'sec': {'a': 'b', 'c': 'd'}}\n")
    expect(text('plist')).toContain('\t\t<key>a</key>\n\t\t<string>b</string>\n')
    const merged = await tree.apply('merge')
    for (const name of ['toml', 'plist', 'configparser', 'msgpack'])
      expect(plain(resultOf(merged, name).changes), name).toEqual({ diff: { sec: { c: { new: 'e', old: 'd' } } } })
    const again = [...(await tree.apply('merge')).results.values()]
    expect(again.every(({ result, changes }) => result === true && changes.size === 0)).toBe(true)
  })

  it('keeps letters beyond ASCII with an encoding, and refuses two names of the format', async () => {
    tree = stateTree({
      'main.sls': [
        "{% set root = pillar['root'] %}",
        'plain: {file.serialize: [name: "{{ root }}/plain", serializer: json, dataset: {a: é}]}',
        'kept: {file.serialize: [name: "{{ root }}/kept", serializer: JSON, encoding: utf-8, dataset: {a: é}]}',
        'two: {file.serialize: [name: "{{ root }}/two", serializer: json, formatter: yaml, dataset: {a: 1}]}',
      ].join('\n'),
    })
    const applied = await tree.apply()
    expect(readFileSync(join(tree.root, 'out/plain'), 'utf8')).toBe('{\n  "a": "\\u00e9"\n}\n')
    expect(readFileSync(join(tree.root, 'out/kept'), 'utf8')).toBe('{\n  "a": "é"\n}\n')
    expect(resultOf(applied, 'two').comment).toBe('Only one of serializer and formatter are allowed')
    expect(existsSync(join(tree.root, 'out/two'))).toBe(false)
  })
})
