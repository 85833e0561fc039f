import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addKey, removeKey } from '../../../src/controller/keys.ts'
import { localShell } from '../../../src/shell/local.ts'

let folder: string
let file: string
let key: string
const before = process.env['HOME']
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-keys-'))
  process.env['HOME'] = folder
  mkdirSync(join(folder, '.ssh'))
  file = join(folder, '.ssh', 'authorized_keys')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ann@laptop', '-f', join(folder, 'key')])
  key = readFileSync(join(folder, 'key.pub'), 'utf8')
})
afterEach(() => {
  process.env['HOME'] = before
  rmSync(folder, { recursive: true, force: true })
})
const add = (name: string) => addKey({ root: '/srv', shell: localShell, home: '/opt/corpus' }, name, key)

test('lines of others stay as they are, empty ones too', async () => {
  const text = '# mine\n\nssh-ed25519 AAAA other\n'
  writeFileSync(file, text)
  expect(await add('ann')).toEqual({ file, hiddenBy: null })
  expect(await add('ann')).toEqual({ file, hiddenBy: null })
  removeKey('ann')
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a key that stands there already, so that sshd would not come to the door, is told', async () => {
  writeFileSync(file, `# mine\n${key}`)
  expect(await add('ann')).toMatchObject({ hiddenBy: 2 })
})

test('a link stays a link, and the file that it leads to changes', async () => {
  const real = join(folder, 'kept-elsewhere')
  writeFileSync(real, '')
  symlinkSync(real, file)
  await add('ann')
  expect(lstatSync(file).isSymbolicLink()).toBe(true)
  expect(readFileSync(real, 'utf8')).toContain('corpus:ann')
})
