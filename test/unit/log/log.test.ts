/** What processes of corpus say of themselves: one line each, readable by programs and people, without a secret. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLog, toFile } from '../../../src/log/log.ts'
import { drawn, entryOf } from '../../../src/log/view.ts'

const release = '20260101T000000000Z-01234567-89ab-cdef-0123-456789abcdef'
function written(act: (log: ReturnType<typeof openLog>) => void, secrets: string[] = []): string[] {
  const lines: string[] = []
  act(openLog({ part: 'runner', secrets, write: line => void lines.push(line) }))
  return lines
}

test('a line is JSON with a time, a level, its process and the release that it is about', () => {
  const [line = '', ...others] = written(log => log.warn({ project: 'shop', release }, 'two\nlines \u001b[31m'))
  expect(others).toEqual([])
  expect(line.match(/\n/g)).toHaveLength(1)
  const { time, ...fields } = JSON.parse(line)
  expect(new Date(time).toISOString()).toBe(time)
  const message = 'two\nlines \u001b[31m'
  expect(fields).toEqual({ level: 'warn', part: 'runner', pid: process.pid, project: 'shop', release, message })
})

test('no secret comes into it: by the name of a field, by its value, in a URL, in an error', () => {
  const secret = 'hunter2 "quoted"\nlong'
  const lines = written(
    log => {
      log.info({ password: 'one-word', data: { token: 'other-word', env: { A: 'third-word' } } }, 'a')
      log.error({ text: secret, other: Buffer.from(secret).toString('base64') }, `it said ${secret}`)
      log.error(new Error('http://ann:open-sesame@example.org/x failed'))
    },
    [secret],
  ).join('')
  for (const word of [
    'one-word',
    'other-word',
    'third-word',
    'hunter2',
    'open-sesame',
    Buffer.from(secret).toString('base64').slice(0, 20),
  ])
    expect(lines).not.toContain(word)
  for (const line of lines.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('message')
})

test('it goes on in the file that stands there when the one of before was put aside, and a full disk stops nobody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-log-'))
  try {
    const path = join(folder, 'agent.log')
    const log = openLog({ part: 'agent', write: toFile(path) })
    log.info('one')
    renameSync(path, `${path}.1`)
    log.info('two')
    expect(readFileSync(`${path}.1`, 'utf8')).toContain('one')
    expect(readFileSync(path, 'utf8')).toContain('two')
    const full = openLog({ part: 'agent', write: toFile('/dev/full') })
    expect(() => full.error('three')).not.toThrow()
    expect(existsSync(path)).toBe(true)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('people see it as a line, and what is no line of ours as it is', () => {
  const [line = ''] = written(log => log.error({ project: 'shop', release }, 'it failed'))
  expect(drawn(entryOf(line))).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]{12} error runner shop 20260101T000000000Z-0123: it failed$/,
  )
  for (const other of ['Error: x', '{', '{"time":1}', '{"time":"x","level":3}', 'null', '{}'])
    expect(drawn(entryOf(other))).toBe(other)
})
