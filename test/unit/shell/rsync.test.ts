/** Words that a shell, or rsync itself, would take for something else, through the real rsync. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localShell } from '../../../src/shell/local.ts'
import { program } from '../../../src/shell/programs.ts'
import { rsyncWords } from '../../../src/shell/rsync.ts'

let top: string
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'corpus-rsync-'))
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

const words = [
  '$(touch ran)',
  '`touch ran`',
  '; touch ran;',
  '" ; touch ran; "',
  "' ; touch ran; '",
  '| touch ran',
  '&& touch ran',
  'two words',
  '$HOME',
  'back\\slash',
  'kept0kept',
  '--rsh=touch ran',
  '-e touch',
]

test.each(words)('%s is a name, wherever it stands', async word => {
  const folder = mkdtempSync(join(top, 'case-'))
  const from = join(folder, word)
  mkdirSync(from)
  writeFileSync(join(from, 'file'), 'x')
  writeFileSync(join(from, word), 'left out')
  const argv = rsyncWords(
    { flags: 'a', options: { 'log-file-format': word, delete: null }, exclude: [`/${word}`] },
    `./${word}/`,
    `./${word}.copy/`,
  )
  const ended = await localShell.run({ argv: [program('rsync'), ...argv], cwd: folder })
  expect([ended.status, Buffer.from(ended.stderr).toString()]).toEqual([0, ''])
  expect(readdirSync(join(folder, `${word}.copy`))).toEqual(['file'])
  expect(readFileSync(join(folder, `${word}.copy`, 'file'), 'utf8')).toBe('x')
  expect(existsSync(join(folder, 'ran'))).toBe(false)
})

test('values stand behind their options whole, and what is copied behind --', () => {
  const options = { rsh: 'ssh -p 22 "x"', timeout: '30', filter: ['- a b', '+ $c'], delete: null }
  expect(rsyncWords({ flags: 'avz', options, exclude: ['*.o', 'a b'], more: ['--stats'] }, '-x', '--delete')).toEqual([
    '-avz',
    '--rsh=ssh -p 22 "x"',
    '--timeout=30',
    '--filter=- a b',
    '--filter=+ $c',
    '--delete',
    '--exclude=*.o',
    '--exclude=a b',
    '--stats',
    '--',
    '-x',
    '--delete',
  ])
  expect(rsyncWords({}, 'a', 'b')).toEqual(['--', 'a', 'b'])
  for (const name of ['', 'x', 'Rsh', 'rsh=touch', '-e', '__proto__', 'a b'])
    expect(() => rsyncWords({ options: { [name]: 'x' } }, 'a', 'b')).toThrow('no option')
})
