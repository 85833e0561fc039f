import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fromJson, toJson } from '../../../src/configuration/json.ts'
import { readSaved, withoutSetting, withSettings, withSnapshot, writeSaved } from '../../../src/configuration/saved.ts'
import { settingsLayer } from '../../../src/configuration/setting.ts'
import { Dict } from '../../../src/salt/python/dict.ts'
import { Float } from '../../../src/salt/python/float.ts'
import { Tuple } from '../../../src/salt/python/tuple.ts'
import type { Value } from '../../../src/salt/python/value.ts'

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'corpus-saved-'))
  file = join(folder, 'configuration.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('what was saved comes back, of every kind of value and in its order', () => {
  const value = Dict.of([
    ['10', 1],
    ['9', new Float(1)],
    [8080, 10n ** 30n],
    [null, new Float(Number.POSITIVE_INFINITY)],
    [true, [new Tuple([1, 'x']), new Set<Value>([1])]],
    ['__proto__', new Uint8Array([0, 255])],
    ['$dict', Dict.of([['$int', 'x']])],
    ['f', new Float(1.5)],
  ])
  const saved = withSnapshot(
    withSettings(readSaved(file), Dict.of({ value })),
    Dict.of({ api_version: 2, value }),
    'r1',
  )
  writeSaved(file, saved)
  const back = readSaved(file)
  expect(back).toEqual(saved)
  expect(fromJson(JSON.parse(JSON.stringify(toJson(value))))).toEqual(value)
  expect([...(back.settings.get('value') as Dict).keys()]).toEqual([...value.keys()])
})

test('the file is for its owner alone, and nothing is left beside it', () => {
  writeSaved(file, readSaved(file))
  writeSaved(file, readSaved(file))
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['configuration.json'])
})

test('a project that saved nothing has no settings', () => {
  expect(readSaved(file)).toMatchObject({ snapshot: null, release: null, apiVersion: 2 })
})

test('a damaged file is an error that names it and the way out, wherever it was cut', () => {
  writeSaved(file, withSettings(readSaved(file), settingsLayer(['data.db.host=localhost'])))
  const whole = readFileSync(file)
  for (const length of [0, 1, 10, whole.length >> 1, whole.length - 3]) {
    writeFileSync(file, whole)
    truncateSync(file, length)
    expect(() => readSaved(file)).toThrow(expect.objectContaining({ code: 'SAVED_CONFIGURATION_CORRUPT' }))
    expect(() => readSaved(file)).toThrow(file)
  }
  for (const text of ['[]', 'null', '{"format":2}', '{"format":1,"settings":[],"api_version":2}', '\0\0\0']) {
    writeFileSync(file, text)
    expect(() => readSaved(file)).toThrow(expect.objectContaining({ code: 'SAVED_CONFIGURATION_CORRUPT' }))
  }
})

test('a failed write leaves the old file and says so', () => {
  writeSaved(file, withSettings(readSaved(file), settingsLayer(['a=1'])))
  expect(() => writeSaved(join(folder, 'absent', 'x.json'), readSaved(file))).toThrow(
    expect.objectContaining({ code: 'WRITE_FAILED' }),
  )
  expect(readSaved(file).settings.get('a')).toBe(1)
})

test('a disk that is full halfway through leaves the old file and nothing half written', () => {
  writeSaved(file, withSettings(readSaved(file), settingsLayer(['a=1'])))
  const script = `
    import { readSaved, withSettings, writeSaved } from ${JSON.stringify(resolve('src/configuration/saved.ts'))}
    import { settingsLayer } from ${JSON.stringify(resolve('src/configuration/setting.ts'))}
    const file = ${JSON.stringify(file)}
    try { writeSaved(file, withSettings(readSaved(file), settingsLayer(['a=' + 'x'.repeat(20000)]))) }
    catch (error) { console.log(error.code) }`
  const argv = ['--fsize=8192', process.execPath, '--input-type=module', '--eval', script]
  expect(execFileSync('prlimit', argv, { encoding: 'utf8' })).toBe('WRITE_FAILED\n')
  expect(readdirSync(folder)).toEqual(['configuration.json'])
  expect(readSaved(file).settings.get('a')).toBe(1)
})

test('functions that a state file left in the configuration are not saved', () => {
  const configuration = Dict.of({ api_version: 2, macro: { pyType: 'function' }, list: [{ pyType: 'function' }] })
  writeSaved(file, withSnapshot(readSaved(file), configuration, null))
  expect(toJson(readSaved(file).snapshot)).toEqual({ api_version: 2, list: [null] })
})

test('a setting can be taken back', () => {
  const saved = withSettings(readSaved(file), settingsLayer(['data.a=1', 'data.b=2']))
  const [rest, was] = withoutSetting(saved, ['data', 'a'])
  expect([toJson(rest.settings), was]).toEqual([{ data: { b: 2 } }, true])
  expect(withoutSetting(saved, ['data', 'x', 'y'])[1]).toBe(false)
  expect(toJson(saved.settings)).toEqual({ data: { a: 1, b: 2 } })
})

test('settings are read as a person means them', () => {
  const layer = settingsLayer([
    'n=5',
    'data.on=yes',
    'data.text=a=b',
    'data.list=[1, "x"]',
    'f=1.0',
    'e=',
    'z=null',
    'v=1.2.3',
    'o=007',
    'j={not',
  ])
  expect(layer).toEqual(
    Dict.of([
      ['n', 5],
      ['data', Dict.of({ on: true, text: 'a=b', list: [1, 'x'] })],
      ['f', new Float(1)],
      ['e', ''],
      ['z', null],
      ['v', '1.2.3'],
      ['o', '007'],
      ['j', '{not'],
    ]),
  )
})

test.each(['novalue', '=x', 'a..b=1', '.a=1', 'a b=1', '-\0=1'])('%j is not a setting', text => {
  expect(() => settingsLayer([text])).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
})
