import { execFileSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { toPlain } from '../../../../../src/salt/definition/values.ts'
import { readZip, unpackZip } from '../../../../../src/salt/states/archive/zip.ts'
import { resultOf, type StateTree, stateTree } from '../../../../support/state-tree.ts'

let tree: StateTree
const out = (name: string) => join(tree.root, 'out', name)

beforeEach(() => {
  tree = stateTree({
    'main.sls': `
tar: {archive.extracted: [name: {{ pillar.root }}/t, source: {{ pillar.root }}/a.tar.gz]}
zip: {archive.extracted: [name: {{ pillar.root }}/z, source: {{ pillar.root }}/a.zip]}
`,
  })
  mkdirSync(out('a dir'))
  writeFileSync(join(out('a dir'), 'file'), 'text')
  symlinkSync('file', join(out('a dir'), 'link'))
  execFileSync('tar', ['-C', out(''), '-czf', out('a.tar.gz'), 'a dir'])
})
afterEach(() => tree.remove())

/** A zip of stored entries, each with a name, a text and a mode. */
function zipOf(entries: readonly (readonly [string, string, number])[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let at = 0
  for (const [name, text, mode] of entries) {
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(name.length, 26)
    header.writeUInt32LE(text.length, 18)
    header.writeUInt32LE(text.length, 22)
    const local = Buffer.concat([header, Buffer.from(name), Buffer.from(text)])
    const row = Buffer.alloc(46)
    row.writeUInt32LE(0x02014b50, 0)
    row.writeUInt8(3, 5)
    row.writeUInt32LE(text.length, 20)
    row.writeUInt32LE(text.length, 24)
    row.writeUInt16LE(name.length, 28)
    row.writeUInt32LE((mode << 16) >>> 0, 38)
    row.writeUInt32LE(at, 42)
    central.push(row, Buffer.from(name))
    locals.push(local)
    at += local.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, ...central, end])
}

test('Archives are unpacked once, and again when something is missing', async () => {
  writeFileSync(
    out('a.zip'),
    zipOf([
      ['d/', '', 0o40755],
      ['d/run', '#!', 0o100755],
      ['d/l', 'run', 0o120777],
    ]),
  )
  const first = await tree.apply()
  expect(readFileSync(out('t/a dir/file'), 'utf8')).toBe('text')
  expect(readlinkSync(out('t/a dir/link'))).toBe('file')
  expect(readlinkSync(out('z/d/l'))).toBe('run')
  expect(toPlain(resultOf(first, 'tar').changes)).toMatchObject({ directories_created: [`${out('t')}/`] })
  for (const result of (await tree.apply()).results.values()) {
    expect(result.comment).toBe('All files in archive are already present')
    expect(result.changes.size).toBe(0)
  }
  execFileSync('rm', [out('t/a dir/file')])
  expect(resultOf(await tree.apply(), 'tar').changes.size).toBe(1)
})

test('A zip that would leave its folder, by a name or through a link, is refused or kept inside', () => {
  writeFileSync(out('slip.zip'), zipOf([['../escaped', 'x', 0o100644]]))
  expect(() => readZip(out('slip.zip'))).toThrow('would leave its folder')
  writeFileSync(
    out('link.zip'),
    zipOf([
      ['l', out('elsewhere'), 0o120777],
      ['l/f', 'x', 0o100644],
    ]),
  )
  mkdirSync(out('elsewhere'))
  mkdirSync(out('in'))
  expect(() => unpackZip(out('link.zip'), out('in'), { keepModes: true })).toThrow()
  expect(existsSync(out('elsewhere/f'))).toBe(false)
})

test('A damaged archive is told', async () => {
  writeFileSync(out('a.tar.gz'), 'no archive')
  writeFileSync(out('a.zip'), 'no archive')
  const done = await tree.apply()
  expect(resultOf(done, 'tar').comment).toContain('Failed to list contents')
  expect(resultOf(done, 'zip').comment).toContain('is not a zip file')
})

test('Options of tar may be written as a bundle of letters', async () => {
  writeFileSync(
    join(tree.root, 'salt/options.sls'),
    'a: {archive.extracted: [name: "{{ pillar.root }}/o", source: "{{ pillar.root }}/a.tar.gz", options: vz --exclude=link]}\n',
  )
  const result = resultOf(await tree.apply('options'), 'a')
  expect(result.result, String(result.comment)).toBe(true)
  expect(toPlain(result.changes)).toMatchObject({ extracted_files: ['a dir/', 'a dir/file'] })
  expect(existsSync(out('o/a dir/link'))).toBe(false)
})

test.skipIf(process.getuid?.() !== 0)('The owner of what is unpacked is set, and told (as root)', async () => {
  writeFileSync(
    join(tree.root, 'salt/owned.sls'),
    'a: {archive.extracted: [name: "{{ pillar.root }}/o", source: "{{ pillar.root }}/a.tar.gz", user: nobody]}\n',
  )
  const first = resultOf(await tree.apply('owned'), 'a')
  expect(toPlain(first.changes)).toMatchObject({ 'updated ownership': true, directories_created: [`${out('o')}/`] })
  expect(String(first.comment)).toContain('extracted to')
  expect(statSync(out('o/a dir/file')).uid).toBe(statSync(out('o/a dir')).uid)
  const again = resultOf(await tree.apply('owned'), 'a')
  expect([again.comment, again.changes.size]).toEqual(['All files in archive are already present', 0])
  chownSync(out('o/a dir/file'), 0, 0)
  const tested = resultOf(await tree.apply('owned', { test: true }), 'a')
  expect([tested.result, toPlain(tested.changes)]).toEqual([null, { 'updated ownership': true }])
  expect(tested.comment).toContain('Ownership would be updated on one or more files/directories.')
})
