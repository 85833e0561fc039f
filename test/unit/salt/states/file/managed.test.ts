import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { toPlain } from '../../../../../src/salt/definition/values.ts'
import { resultOf, type StateTree, stateTree } from '../../../../support/state-tree.ts'

let tree: StateTree | undefined
afterEach(() => tree?.remove())

const out = (name: string) => join(tree?.root ?? '', 'out', name)
const withTree = (files: Record<string, string>) => {
  tree = stateTree(files)
  return tree
}

test('A template sees the name, the context over the defaults, and what accumulated for the file', async () => {
  const made = withTree({
    't.j2': '{{ name[-4:] }} {{ a }} {{ b }} {{ accumulator.bits | join(",") }}',
    'main.sls': `
bits:
  file.accumulated:
    - filename: {{ pillar.root }}/file
    - text: [one, two]
    - require_in: [{file: file}]
file:
  file.managed:
    - name: {{ pillar.root }}/file
    - source: salt://t.j2
    - template: jinja
    - defaults: {a: low, b: low}
    - context: {b: high}
`,
  })
  const applied = await made.apply()
  expect(resultOf(applied, 'file').comment).toBe(`File ${out('file')} updated`)
  expect(readFileSync(out('file'), 'utf8')).toBe('file low high one,two')
})

test('check_cmd judges the new text before it is put in place', async () => {
  const made = withTree({
    'main.sls': `
good: {file.managed: [name: {{ pillar.root }}/good, contents: fine, check_cmd: grep -q fine]}
bad: {file.managed: [name: {{ pillar.root }}/bad, contents: broken, check_cmd: 'echo no; grep -q fine', mode: '0640']}
`,
  })
  writeFileSync(out('bad'), 'old\n')
  const applied = await made.apply()
  expect(resultOf(applied, 'good').result).toBe(true)
  expect(resultOf(applied, 'bad')).toMatchObject({ result: false, skipWatch: true })
  expect(resultOf(applied, 'bad').comment).toBe('check_cmd execution failed\nno')
  expect(readFileSync(out('bad'), 'utf8')).toBe('old\n')
})

test('Changes can be kept out of sight, and copies of old files be kept', async () => {
  const made = withTree({
    'main.sls': 'f: {file.managed: [name: {{ pillar.root }}/f, contents: new, show_changes: false, backup: minion]}\n',
  })
  writeFileSync(out('f'), 'old\n')
  const applied = await made.apply()
  expect(toPlain(resultOf(applied, 'f').changes)).toEqual({ diff: '<show_changes=False>' })
  const kept = readdirSync(made.root, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.name.startsWith('f_'),
  )
  expect(kept.map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))).toEqual(['old\n'])
})

test('A source whose hash is another is refused', async () => {
  const made = withTree({
    'main.sls': `
wrong: {file.managed: [name: {{ pillar.root }}/w, source: {{ pillar.root }}/src, source_hash: 'md5=00000000000000000000000000000000']}
right: {file.managed: [name: {{ pillar.root }}/r, source: {{ pillar.root }}/src, source_hash: {{ pillar.root }}/sums]}
lost: {file.managed: [name: {{ pillar.root }}/l, source: {{ pillar.root }}/lost]}
web: {file.managed: [name: {{ pillar.root }}/x, source: 'https://127.0.0.1:9/f']}
`,
  })
  writeFileSync(out('src'), 'text\n')
  writeFileSync(out('sums'), 'e1cbb0c3879af8347246f12c559a86b5  src\n')
  const applied = await made.apply()
  expect(resultOf(applied, 'wrong').comment).toContain('does not match actual checksum')
  expect(existsSync(out('w'))).toBe(false)
  expect(resultOf(applied, 'right').result).toBe(true)
  expect(resultOf(applied, 'lost').comment).toBe(`Local file source ${out('lost')} does not exist`)
  expect(resultOf(applied, 'web').comment).toContain('please set source_hash or set skip_verify to True')
})

test('Contents may be bytes, numbers and lists, but not an empty list or nothing where that is refused', async () => {
  const made = withTree({
    'main.sls': `
number: {file.managed: [name: {{ pillar.root }}/number, contents: 5]}
list: {file.managed: [name: {{ pillar.root }}/list, contents: [a, 1, true], contents_newline: false]}
bytes: {file.managed: [name: {{ pillar.root }}/bytes, contents: !!binary /wA=]}
none: {file.managed: [name: {{ pillar.root }}/none, contents: []]}
empty: {file.managed: [name: {{ pillar.root }}/empty, contents: '', allow_empty: false]}
`,
  })
  const applied = await made.apply()
  expect(readFileSync(out('number'), 'utf8')).toBe('5\n')
  expect(readFileSync(out('list'), 'utf8')).toBe('a\n1\nTrue')
  expect([...readFileSync(out('bytes'))]).toEqual([255, 0])
  expect(resultOf(applied, 'none').comment).toContain('is not a string or list of strings')
  expect(resultOf(applied, 'empty').comment).toContain('would result in empty contents')
})

test('An unknown owner and a mode that is none are refused', async () => {
  const made = withTree({
    'main.sls': `
owner: {file.managed: [name: {{ pillar.root }}/o, contents: x, user: nobody-of-that-name]}
mode: {file.managed: [name: {{ pillar.root }}/m, contents: x, mode: '0abc']}
`,
  })
  const applied = await made.apply()
  expect(resultOf(applied, 'owner').comment).toBe('User nobody-of-that-name is not available ')
  expect(existsSync(out('o'))).toBe(false)
  expect(resultOf(applied, 'mode')).toMatchObject({ result: false, comment: 'Failed to change mode to 0abc' })
})

test('A folder is filled, patterns respected, and cleaned of the rest', async () => {
  const made = withTree({
    'tree/a.txt': 'a\n',
    'tree/sub/b.conf': 'b\n',
    'tree/sub/deep/c.txt': 'c\n',
    'main.sls': `
all: {file.recurse: [name: {{ pillar.root }}/all, source: 'salt://tree', clean: true, exclude_pat: 'keep*', file_mode: '0600']}
top: {file.recurse: [name: {{ pillar.root }}/top, source: 'salt://tree', maxdepth: 0]}
mode: {file.recurse: [name: {{ pillar.root }}/mode, source: 'salt://tree', mode: '0600']}
`,
  })
  mkdirSync(out('all'))
  writeFileSync(join(out('all'), 'stale'), '')
  writeFileSync(join(out('all'), 'kept'), '')
  writeFileSync(join(out('all'), 'keep-me'), '')
  const applied = await made.apply()
  const names = readdirSync(out('all'), { recursive: true }).map(String).sort()
  expect(names).toEqual(['a.txt', 'keep-me', 'sub', 'sub/b.conf', 'sub/deep', 'sub/deep/c.txt'])
  expect(statSync(join(out('all'), 'a.txt')).mode & 0o777).toBe(0o600)
  expect(readdirSync(out('top'))).toEqual(['a.txt'])
  expect(resultOf(applied, 'mode').comment).toContain("Please use 'file_mode' and 'dir_mode'")
})
