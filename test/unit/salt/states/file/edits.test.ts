import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { toPlain } from '../../../../../src/salt/definition/values.ts'
import { resultOf, type StateTree, stateTree } from '../../../../support/state-tree.ts'

let tree: StateTree | undefined
afterEach(() => tree?.remove())

const out = (name: string) => join(tree?.root ?? '', 'out', name)
const text = (name: string) => readFileSync(out(name), 'utf8')

/** Applies states to files with these texts, twice; the second time nothing may change. */
async function applied(states: string, files: Record<string, string> = {}) {
  tree = stateTree({ 'main.sls': states })
  for (const [name, content] of Object.entries(files)) writeFileSync(out(name), content)
  const first = await tree.apply()
  const second = await tree.apply()
  for (const result of second.results.values()) expect([result.id, result.changes.size]).toEqual([result.id, 0])
  return first
}

test('Lines become comments and stop being ones', async () => {
  const done = await applied(
    `
c: {file.comment: [name: {{ pillar.root }}/c, regex: '^port = .*']}
u: {file.uncomment: [name: {{ pillar.root }}/u, regex: '^port', backup: false]}
lost: {file.comment: [name: {{ pillar.root }}/u, regex: '^nothing$']}
fine: {file.comment: [name: {{ pillar.root }}/u, regex: '^nothing$', ignore_missing: true]}
`,
    { c: 'host = a\nport = 1\n', u: '# port = 1\nhost\n' },
  )
  expect(text('c')).toBe('host = a\n#port = 1\n')
  expect(text('c.bak')).toBe('host = a\nport = 1\n')
  expect(text('u')).toBe(' port = 1\nhost\n')
  expect(resultOf(done, 'lost').comment).toBe('nothing: Pattern not found')
  expect(resultOf(done, 'fine').result).toBe(true)
})

test('One line is made sure of, inserted, replaced and deleted', async () => {
  const done = await applied(
    `
ensure: {file.line: [name: {{ pillar.root }}/f, content: 'b = 2', mode: ensure, after: '^a = ', before: '^c = ']}
indent: {file.line: [name: {{ pillar.root }}/f, content: 'inner', mode: ensure, after: 'deep']}
replace: {file.line: [name: {{ pillar.root }}/f, content: 'c = 9', match: 'c = ', mode: replace]}
delete: {file.line: [name: {{ pillar.root }}/f, content: 'gone', mode: delete]}
start: {file.line: [name: {{ pillar.root }}/f, content: '# first', mode: insert, location: start]}
end: {file.line: [name: {{ pillar.root }}/f, content: '# last', mode: insert, location: end]}
unknown: {file.line: [name: {{ pillar.root }}/f, content: x, mode: sideways]}
`,
    { f: 'a = 1\nc = 3\ngone\n  deep\n' },
  )
  expect(text('f')).toBe('# first\na = 1\nb = 2\nc = 9\n  deep\n  inner\n  # last\n')
  expect(resultOf(done, 'unknown').comment).toContain('Unknown mode: "sideways"')
})

test('Keys get their values, commented ones too, and missing ones are added', async () => {
  const done = await applied(
    `
kv:
  file.keyvalue:
    - name: {{ pillar.root }}/f
    - key_values: {port: 81, host: b, new: 1}
    - separator: ' = '
    - uncomment: '# '
    - append_if_not_found: true
`,
    { f: 'port = 80\n# host = a\nother = 1' },
  )
  expect(text('f')).toBe('port = 81\nhost = b\nother = 1\nnew = 1\n')
  expect(resultOf(done, 'kv').comment).toBe('Changed 3 lines')
})

test('Values are written in formats, merged into what is there', async () => {
  const done = await applied(
    `
yaml: {file.serialize: [name: {{ pillar.root }}/y, dataset: {b: [1, é], a: 'x: y'}]}
json: {file.serialize: [name: {{ pillar.root }}/j, serializer: json, merge_if_exists: true, dataset: {a: {b: 2}}]}
ini: {file.serialize: [name: {{ pillar.root }}/i, serializer: configparser, dataset: {main: {Port: 80}}]}
`,
    { j: '{"a": {"b": 1, "c": 1}}' },
  )
  expect(text('y')).toBe('a: \'x: y\'\nb:\n- 1\n- "\\xE9"\n')
  expect(JSON.parse(text('j'))).toEqual({ a: { b: 2, c: 1 } })
  expect(toPlain(resultOf(done, 'json').changes)).toEqual({ diff: { a: { b: { new: 2, old: 1 } } } })
  expect(text('i')).toBe('[main]\nport = 80\n\n\n')
})

test('Files are copied, moved and linked', async () => {
  const done = await applied(
    `
copy: {file.copy: [name: {{ pillar.root }}/sub/copy, source: {{ pillar.root }}/f, makedirs: true]}
link: {file.hardlink: [name: {{ pillar.root }}/second, target: {{ pillar.root }}/f]}
move: {file.rename: [name: {{ pillar.root }}/moved, source: {{ pillar.root }}/old]}
decode: {file.decode: [name: {{ pillar.root }}/decoded, encoded_data: aGVsbG8=]}
pipe: {file.mknod: [name: {{ pillar.root }}/pipe, ntype: p]}
`,
    { f: 'text', old: 'moves' },
  )
  expect(text('sub/copy')).toBe('text')
  expect(statSync(out('second')).nlink).toBe(2)
  expect(text('moved')).toBe('moves')
  expect(existsSync(out('old'))).toBe(false)
  expect(text('decoded')).toBe('hello')
  expect(statSync(out('pipe')).isFIFO()).toBe(true)
  expect(resultOf(done, 'copy').comment).toBe(`Copied "${out('f')}" to "${out('sub/copy')}"`)
})

test('A patch is applied once', async () => {
  tree = stateTree({
    'p.diff': '--- a\n+++ b\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n',
    'main.sls': 'p: {file.patch: [name: {{ pillar.root }}/f, source: "salt://p.diff"]}\n',
  })
  writeFileSync(out('f'), 'one\ntwo\n')
  expect(resultOf(await tree.apply(), 'p').comment).toBe('Patch successfully applied')
  expect(text('f')).toBe('one\nzwei\n')
  expect(resultOf(await tree.apply(), 'p').comment).toBe('Patch was already applied')
  writeFileSync(out('f'), 'else\n')
  expect(resultOf(await tree.apply(), 'p').result).toBe(false)
  expect(text('f')).toBe('else\n')
})

test('Old and large files are tidied away, of backups those of the schedule kept', async () => {
  tree = stateTree({
    'main.sls': `
tidy: {file.tidied: [name: {{ pillar.root }}, age: 2, matches: ['.*\\.log']]}
keep:
  file.retention_schedule:
    - name: {{ pillar.root }}
    - strptime_format: b-%Y%m%d
    - retain: {most_recent: 1, first_of_month: 2}
`,
  })
  for (const name of ['old.log', 'new.log', 'old.txt', 'b-20240101', 'b-20240115', 'b-20240201', 'b-20240228'])
    writeFileSync(out(name), 'x')
  const past = Date.now() / 1000 - 10 * 86_400
  for (const name of ['old.log', 'old.txt']) utimesSync(out(name), past, past)
  const done = await tree.apply()
  expect(['old.log', 'new.log', 'old.txt'].map(name => existsSync(out(name)))).toEqual([false, true, true])
  expect(toPlain(resultOf(done, 'keep').changes)).toEqual({
    retained: ['b-20240228', 'b-20240201', 'b-20240101'],
    deleted: ['b-20240115'],
    ignored: ['old.txt', 'new.log'],
  })
})

test('What is no UTF-8 keeps the bytes that are not touched', async () => {
  tree = stateTree({
    'main.sls': 'r: {file.replace: [name: {{ pillar.root }}/f, pattern: a, repl: b, backup: false]}\n',
  })
  writeFileSync(out('f'), Buffer.from([0xff, 0x61, 0xfe, 10, 32, 32, 32, 32]))
  chmodSync(out('f'), 0o640)
  await tree.apply()
  expect([...readFileSync(out('f'))]).toEqual([0xff, 0x62, 0xfe, 10, 32, 32, 32, 32])
  expect(statSync(out('f')).mode & 0o777).toBe(0o640)
})

test('Test mode says what would change and changes nothing', async () => {
  tree = stateTree({
    'main.sls': `
replace: {file.replace: [name: {{ pillar.root }}/f, pattern: a, repl: b]}
prepend: {file.prepend: [name: {{ pillar.root }}/f, text: first]}
copy: {file.copy: [name: {{ pillar.root }}/c, source: {{ pillar.root }}/f]}
line: {file.line: [name: {{ pillar.root }}/f, content: z, mode: insert, location: end]}
`,
  })
  writeFileSync(out('f'), 'a\n')
  const done = await tree.apply(undefined, { test: true })
  expect([...done.results.values()].map(({ id, result }) => [id, result])).toEqual([
    ['replace', null],
    ['prepend', null],
    ['copy', null],
    ['line', null],
  ])
  expect(text('f')).toBe('a\n')
  expect(existsSync(out('c'))).toBe(false)
})

test('An empty name is refused', async () => {
  tree = stateTree({ 'main.sls': 'a: {file.absent: [name: ""]}\nb: {file.managed: [name: "", contents: x]}\n' })
  const applied = await tree.apply()
  expect(resultOf(applied, 'a')).toMatchObject({ result: false, comment: 'Must provide name to file.absent' })
  expect(resultOf(applied, 'b')).toMatchObject({ result: false, comment: 'Destination file name is required' })
})
