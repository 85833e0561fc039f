import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addKey, listKeys, matches, removeKey, rightsOf } from '../../../src/controller/keys.ts'
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
const context = { root: '/srv', shell: localShell, home: '/opt/corpus' }
const git = rightsOf({ projects: ['shop', 'team-*'], pillar: false, shell: false })
const add = (name: string, text: string | null = key, rights = git, root = '/srv') =>
  addKey({ ...context, root }, name, text, rights)

test('lines of others stay as they are, empty ones too', async () => {
  const text = '# mine\n\nssh-ed25519 AAAA other\n'
  writeFileSync(file, text)
  expect(await add('ann')).toMatchObject({ file, hiddenBy: null })
  expect(await add('ann')).toMatchObject({ file, hiddenBy: null })
  removeKey(context, 'ann')
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a key that stands there already, so that sshd would not come to the line of corpus, is told', async () => {
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

test('a line says what the key may do, and nothing else is allowed to it', async () => {
  await add('ann')
  expect(readFileSync(file, 'utf8')).toBe(
    `restrict,command="/opt/corpus/src/hooks/ssh-door /srv ann project=shop 'project=team-*'" ${key.split(' ').slice(0, 2).join(' ')} corpus:ann\n`,
  )
  await add('ann', null, rightsOf({ projects: [], pillar: false, shell: true }))
  const line = readFileSync(file, 'utf8')
  expect(line).toContain(`restrict,pty,command="/opt/corpus/src/hooks/ssh-door /srv ann 'project=*' pillar shell" `)
  const printed = execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')], { encoding: 'utf8' })
  expect(listKeys(context)).toEqual([
    {
      name: 'ann',
      projects: ['*'],
      pillar: true,
      shell: true,
      unlimited: false,
      door: '/opt/corpus/src/hooks/ssh-door',
      fingerprint: printed.split(' ')[1],
    },
  ])
})

test('a line of before may do everything, and gets rights without its file', async () => {
  const body = key.split(' ').slice(0, 2).join(' ')
  const old = `command="'/opt/corpus/src/hooks/ssh-door' '/srv' 'ann'",no-port-forwarding,no-agent-forwarding,no-X11-forwarding ${body} corpus:ann\n`
  writeFileSync(file, old)
  expect(listKeys(context)).toMatchObject([
    { name: 'ann', projects: ['*'], pillar: true, shell: true, unlimited: true },
  ])
  await add('ann', null)
  expect(readFileSync(file, 'utf8')).toContain(`project=shop 'project=team-*'" ${body} corpus:ann\n`)
  expect(listKeys(context)).toMatchObject([{ projects: ['shop', 'team-*'], unlimited: false }])
  await expect(add('bob', null)).rejects.toThrow(/no key "bob"/)
})

test('what may not be said', () => {
  const none = { pillar: false, shell: false }
  for (const projects of [
    [],
    ['Shop'],
    ['a b'],
    ['x/y'],
    ['a$(b)'],
    ['..'],
    ['a\nb'],
    ["a'"],
    ['a"'],
    ['?'],
    ['[a-z]'],
    ['-x'],
  ])
    expect([projects, tried(() => rightsOf({ projects, ...none }))]).toEqual([projects, 'KEY_RIGHTS'])
  expect(tried(() => rightsOf({ projects: [], pillar: true, shell: false }))).toBe('KEY_RIGHTS')
})

function tried(call: () => unknown): string {
  try {
    return String(call())
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

test('a key has one name, so that sshd finds the line that is meant; each root has names of its own', async () => {
  await add('ann')
  await expect(add('bob')).rejects.toMatchObject({ code: 'KEY_TAKEN', message: 'That is the key "ann" already.' })
  await expect(add('ann', key, git, '/other')).rejects.toMatchObject({ code: 'KEY_TAKEN' })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'second')])
  await add('ann', readFileSync(join(folder, 'second.pub'), 'utf8'), git, '/other')
  expect(listKeys(context)).toHaveLength(1)
  removeKey({ root: '/other' }, 'ann')
  expect(listKeys(context)).toHaveLength(1)
  expect(listKeys({ root: '/other' })).toEqual([])
})

test('a root with blanks and quotes in it comes back as it is', async () => {
  const root = "/srv/it's a root"
  await add('ann', key, git, root)
  expect(listKeys({ root })).toMatchObject([{ name: 'ann', projects: ['shop', 'team-*'] }])
})

test('a glob means names as ssh-door takes it', () => {
  const names = ['shop', 'shopping', 'team-a', 'team', 'a-team-b']
  const meant = (glob: string) => names.filter(name => matches(glob, name))
  expect(meant('shop')).toEqual(['shop'])
  expect(meant('team-*')).toEqual(['team-a'])
  expect(meant('*team*')).toEqual(['team-a', 'team', 'a-team-b'])
  expect(meant('*')).toEqual(names)
})
