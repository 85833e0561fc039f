/** Pillars that people wrote, with one setting changed: their comments, order and ways of writing stay. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editedPillar, pillarPath, valueAt } from '../../../src/configuration/pillar-text.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import type { Value } from '../../../src/salt/python/value.ts'
import { readYaml } from '../../../src/salt/yaml/read.ts'
import { writeYaml } from '../../../src/salt/yaml/write.ts'

const read = (text: string): Value => readYaml({ path: 'init.sls', text })
const written = `# The shop: ask Ann before you change it.
makina-projects.shop:
  # where it listens
  keep_archives:   5     # no more, the disk is small

  data:
    port: 8080 # behind nginx
    hosts:
    - one    # the first
    - "two"
    motd: >-
      folded
      text
    'odd key': yes   # read as true
    # the last word of data

  user: 'shop-user'
# the end
`
const edit = (path: string[], value: Value | undefined, text = written) =>
  editedPillar(text, { path: ['makina-projects.shop', ...path], value })

test('a value is replaced where it stands, and nothing else of the text is touched', () => {
  expect(edit(['data', 'port'], 9090)).toBe(written.replace('8080', '9090'))
  expect(edit(['keep_archives'], 7)).toBe(written.replace('5     #', '7     #'))
  expect(edit(['user'], 'yes')).toBe(written.replace("'shop-user'", "'yes'"))
  expect(edit(['data', 'odd key'], false)).toBe(written.replace('yes   #', 'false   #'))
})

test('a new key stands behind the others of its mapping, a key taken out takes its lines alone', () => {
  expect(edit(['data', 'colour'], 'red')).toBe(
    written.replace("    'odd key': yes   # read as true\n", "    'odd key': yes   # read as true\n    colour: red\n"),
  )
  expect(edit(['data', 'port'], undefined)).toBe(written.replace('    port: 8080 # behind nginx\n', ''))
  expect(edit(['data', 'motd'], undefined)).toBe(written.replace('    motd: >-\n      folded\n      text\n', ''))
  expect(edit(['data', 'db', 'host'], 'a: b')).toContain("    db:\n      host: 'a: b'\n")
  expect(edit(['data', 'certificate'], 'one\ntwo\n')).toContain('    certificate: |\n      one\n      two\n')
})

test('every comment is still there where the text has to be written anew', () => {
  const text = edit(['data', 'hosts'], ['three'])
  for (const [comment] of written.matchAll(/#.*$/gm)) if (!comment.includes('first')) expect(text).toContain(comment)
  expect(valueAt(read(text), ['makina-projects.shop', 'data', 'hosts'])).toEqual(['three'])
  expect(edit(['data', 'hosts'], undefined, 'a: 1 # one\nmakina-projects.shop: {data: {hosts: 1}} # two\n')).toBe(
    'a: 1 # one\nmakina-projects.shop: {data: {}} # two\n',
  )
})

test('an empty pillar, one of comments alone and the one that init writes take their first key', () => {
  for (const text of [
    '',
    '# nothing yet\n',
    'makina-projects.shop:\n',
    '# mine\nmakina-projects.shop:\n  data: {}\n',
  ]) {
    const after = edit(['data', 'port'], 80, text)
    expect(valueAt(read(after), ['makina-projects.shop', 'data', 'port'])).toBe(80)
    for (const [comment] of text.matchAll(/#.*$/gm)) expect(after).toContain(comment)
  }
})

test('what cannot be changed without another value is refused', () => {
  const fault = expect.objectContaining({ code: 'PILLAR_NOT_EDITABLE' })
  const shared = 'base: &b {port: 1, host: h}\nmakina-projects.shop:\n  data: *b\n'
  const merged = 'base: &b {port: 1}\nmakina-projects.shop:\n  data:\n    <<: *b\n    x: 1\n'
  expect(() => edit(['data', 'port'], 2, shared)).toThrow(fault)
  expect(valueAt(read(edit(['data', 'port'], 2, merged)), ['base', 'port'])).toBe(1)
  for (const text of ['{% set x = 1 %}\na: 1\n', 'a: {{ 1 }}\n', '#!py\ndef run(): pass\n', '- a\n', 'word\n'])
    expect(() => edit(['data', 'port'], 2, text)).toThrow(fault)
  expect(() => edit(['data', 'port', 'x'], 2)).toThrow(fault)
})

test('a key is one of the project, or with a colon in front one from the top; a flat key at the top counts', () => {
  const pillar = read('makina-projects.shop.data:\n  port: 1\nredis: {6379: {a: 1}}\n')
  expect(pillarPath('shop', 'data.port', pillar)).toEqual(['makina-projects.shop.data', 'port'])
  expect(pillarPath('shop', 'user', pillar)).toEqual(['makina-projects.shop', 'user'])
  expect(pillarPath('shop', ':redis:6379:a', pillar)).toEqual(['redis', '6379', 'a'])
  expect(valueAt(pillar, ['redis', '6379', 'a'])).toBe(1)
  const text = 'redis:\n  6379: # usual\n    a: 1\n'
  expect(editedPillar(text, { path: ['redis', '6379', 'a'], value: 2 })).toBe(text.replace('1\n', '2\n'))
  for (const key of ['', 'a..b', 'a b', ':', '#', 'a\nb', '{x}'])
    expect(() => pillarPath('shop', key, pillar)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
})

test('property: whatever text is set comes back as it was, and everything else stays', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter(one => !/[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]/.test(one)),
    fc.constantFrom(
      'yes',
      '1e3',
      '08',
      '2020-01-01',
      '# no',
      ': x',
      '- a',
      '&a',
      '*b',
      '!t',
      '%x',
      '@y',
      '`',
      '"',
      "'",
      '\n',
      ' a ',
      'a #b',
      '~',
      '<<',
      '=',
    ),
  )
  fc.assert(
    fc.property(text, fc.constantFrom(['data', 'port'], ['data', 'new'], ['user'], ['a', 'b']), (value, words) => {
      const path: string[] = [...words]
      const after = read(edit(path, value)) as Dict
      const wanted = read(written) as Dict
      let inside = wanted.get('makina-projects.shop') as Dict
      for (const key of path.slice(0, -1)) {
        if (!inside.has(key)) inside.set(key, new Dict())
        inside = inside.get(key) as Dict
      }
      inside.set(path.at(-1) ?? '', value)
      expect(writeYaml(after)).toBe(writeYaml(wanted))
      expect(valueAt(after, ['makina-projects.shop', ...path])).toBe(value)
    }),
    { numRuns: 300 },
  )
})
