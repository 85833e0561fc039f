import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  environmentSecrets,
  listVariables,
  parseVariable,
  readEnvironment,
  setVariables,
  unsetVariables,
  type Variable,
} from '../../../src/configuration/environment.ts'

let folder = ''
let store = { file: '', keyFile: '', project: 'shop' }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-env-'))
  store = { file: join(folder, 'environment.json'), keyFile: join(folder, 'environment.key'), project: 'shop' }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const set = (values: Record<string, string | Uint8Array>, secret = true) =>
  setVariables(
    store,
    new Map(Object.entries(values).map(([name, value]) => [name, { value: Buffer.from(value as string), secret }])),
  )
const texts = () => [...readEnvironment(store)].map(([name, { value }]) => [name, Buffer.from(value).toString()])
const code = (name: string) => expect.objectContaining({ code: name })

test('variables are set, unset and listed, in the order of their names', () => {
  expect(texts()).toEqual([])
  set({ B: '2', A: '1' })
  set({ C: '3', B: 'two' })
  expect(texts()).toEqual([
    ['A', '1'],
    ['B', 'two'],
    ['C', '3'],
  ])
  expect(unsetVariables(store, ['A', 'NONE'])).toEqual(['A'])
  expect(texts()).toEqual([
    ['B', 'two'],
    ['C', '3'],
  ])
})

test('values of any bytes but NUL come back as they were', () => {
  const bytes = fc.uint8Array({ min: 1, max: 255, maxLength: 300 })
  const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/)
  const environment = fc.uniqueArray(fc.tuple(names, bytes, fc.boolean()), { maxLength: 5, selector: ([name]) => name })
  fc.assert(
    fc.property(environment, entries => {
      rmSync(store.file, { force: true })
      const wanted = new Map<string, Variable>(
        entries.map(([name, value, secret]) => [name, { value: Buffer.from(value), secret }]),
      )
      setVariables(store, wanted)
      expect(readEnvironment(store)).toEqual(new Map([...wanted].sort(([a], [b]) => (a < b ? -1 : 1))))
    }),
    { numRuns: 100 },
  )
})

describe('on the disk', () => {
  test('nothing of a value is readable, and the files are for their owner alone', () => {
    set({ TOKEN: 'hunter22-hunter22' }, true)
    set({ PLAIN: 'not-so-secret' }, false)
    const text = readFileSync(store.file, 'latin1') + readFileSync(store.keyFile, 'latin1')
    for (const word of ['hunter22', Buffer.from('hunter22-hunter22').toString('base64'), 'not-so-secret'])
      expect(text).not.toContain(word)
    for (const file of [store.file, store.keyFile]) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).sort()).toEqual(['environment.json', 'environment.key'])
  })

  test('the same value is never written the same way twice', () => {
    set({ A: 'x', B: 'x' })
    const { variables } = JSON.parse(readFileSync(store.file, 'utf8'))
    expect(variables.A.sealed).not.toBe(variables.B.sealed)
  })

  test('a value that was moved to another name or project, or changed, cannot be read', () => {
    set({ A: 'one', B: 'two' })
    const json = JSON.parse(readFileSync(store.file, 'utf8'))
    const { A, B } = json.variables
    const flipped = Buffer.from(A.sealed.slice(3), 'base64')
    flipped[30] = (flipped[30] ?? 0) ^ 1
    for (const variables of [
      { A: B },
      { A: { ...A, sealed: `v1:${flipped.toString('base64')}` } },
      { A: { ...A, sealed: 'v1:AAAA' } },
    ]) {
      writeFileSync(store.file, JSON.stringify({ ...json, variables }))
      expect(() => readEnvironment(store)).toThrow(code('ENVIRONMENT_LOCKED'))
    }
    writeFileSync(store.file, JSON.stringify(json))
    expect(() => readEnvironment({ ...store, project: 'blog' })).toThrow(code('ENVIRONMENT_LOCKED'))
    expect(readEnvironment(store).size).toBe(2)
  })

  test("the copy beside a release is that release's environment", () => {
    set({ A: 'old' })
    copyFileSync(store.file, join(folder, 'release.json'))
    set({ A: 'new' })
    const then = readEnvironment({ ...store, file: join(folder, 'release.json') })
    expect(Buffer.from(then.get('A')?.value ?? '').toString()).toBe('old')
  })
})

describe('what is listed', () => {
  test('shows secrets only when they are asked for', () => {
    set({ TOKEN: 'hunter22', BINARY: Buffer.from([0xff, 0x0a]) })
    set({ PORT: '8080' }, false)
    expect(listVariables(store, { reveal: false })).toEqual([
      { name: 'BINARY', secret: true, value: null, encoding: null },
      { name: 'PORT', secret: false, value: '8080', encoding: 'utf8' },
      { name: 'TOKEN', secret: true, value: null, encoding: null },
    ])
    expect(listVariables(store, { reveal: true })).toMatchObject([
      { value: '/wo=', encoding: 'base64' },
      { value: '8080' },
      { value: 'hunter22' },
    ])
    expect(environmentSecrets(readEnvironment(store))).toContain('hunter22')
  })
})

describe('what cannot be', () => {
  test.each(['novalue', '=x', '1A=x', 'A-B=x', 'A B=x', `${'A'.repeat(256)}=x`, 'A\nB=x'])(
    '%j is refused, and its value is not repeated',
    text => {
      expect(() => parseVariable(text)).toThrow(code('ENVIRONMENT_INVALID'))
    },
  )
  test('a value with NUL or of 128 KiB is refused, and none of its fellows is set', () => {
    for (const value of ['hunter22\0', 'x'.repeat(128 * 1024)]) {
      expect(() => set({ A: '1', B: value })).toThrow(code('ENVIRONMENT_INVALID'))
      expect(() => set({ B: value })).toThrow(/^(?!.*hunter22)/)
    }
    expect(texts()).toEqual([])
    set({ A: 'x'.repeat(128 * 1024 - 3) })
    expect(() => execFileSync('/bin/true', { env: Object.fromEntries(texts()) })).not.toThrow()
  })
  test('a value keeps everything behind the first =', () => {
    expect(parseVariable('A==b=c\n"$x')).toEqual(['A', Buffer.from('=b=c\n"$x')])
  })
})

describe('a key', () => {
  test('that others can read, that is damaged, gone, or another is an error, and unsetting still works', () => {
    set({ A: '1', B: '2' })
    const spoil: (() => void)[] = [
      () => chmodSync(store.keyFile, 0o640),
      () => writeFileSync(store.keyFile, 'short'),
      () => writeFileSync(store.keyFile, `${'ab'.repeat(32)}\n`),
      () => rmSync(store.keyFile),
    ]
    for (const how of spoil) {
      chmodSync(store.keyFile, 0o600)
      how()
      expect(() => readEnvironment(store)).toThrow(code('ENVIRONMENT_LOCKED'))
    }
    expect(() => set({ C: '3' })).toThrow(code('ENVIRONMENT_LOCKED'))
    expect(unsetVariables(store, ['A', 'B'])).toEqual(['A', 'B'])
    set({ C: '3' })
    expect(texts()).toEqual([['C', '3']])
  })

  test('that two make at once is one', () => {
    const script = `
      import { vaultKey } from ${JSON.stringify(resolve('src/configuration/environment-key.ts'))}
      process.stdout.write(Buffer.from(vaultKey(${JSON.stringify(store.keyFile)}, { make: true })).toString('hex'))`
    const both = `for i in 1 2 3; do "$0" --input-type=module --eval "$1" & done; wait`
    const keys = execFileSync('sh', ['-c', both, process.execPath, script], { encoding: 'utf8' }).match(/.{64}/g) ?? []
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
    expect(readdirSync(folder)).toEqual(['environment.key'])
  })
})

test('a damaged file is an error that names it', () => {
  for (const text of ['', '{', '{"format":9,"variables":{}}', '{"format":1,"variables":{"A":1}}', '{"format":1}']) {
    writeFileSync(store.file, text)
    expect(() => readEnvironment(store)).toThrow(code('ENVIRONMENT_CORRUPT'))
    expect(() => readEnvironment(store)).toThrow(store.file)
  }
})
