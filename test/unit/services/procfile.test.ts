import { expect, test } from 'vitest'
import { parseProcfile } from '../../../src/services/procfile.ts'

test('each line names a process and its command', () => {
  const text =
    '# web first\nweb: node server.js --port $PORT\n\n  worker:   bundle exec sidekiq -q "a: b"  \r\nrelease-1: x\n'
  expect(parseProcfile(text)).toEqual([
    { name: 'web', command: 'node server.js --port $PORT', line: 2 },
    { name: 'worker', command: 'bundle exec sidekiq -q "a: b"', line: 4 },
    { name: 'release-1', command: 'x', line: 5 },
  ])
})

test('an empty Procfile has no processes', () => expect(parseProcfile('\n# nothing\n')).toEqual([]))

test.each([
  ['web node server.js', 'line 1: "web node server.js" is not of the form'],
  ['web:', 'line 1: "web" has no command'],
  ['ok: x\n../etc: y', 'line 2: "../etc" is not a process name'],
  ['web: a\nweb: b', 'line 2: "web" is declared in line 1 already'],
  ['web: a\0b', 'cannot hold a NUL'],
  ['http://x', 'is not of the form'],
  [`web: ${'x'.repeat(100_001)}`, 'longer than 100,000 bytes'],
])('a Procfile with %j is refused with its line', (text, sentence) => {
  expect(() => parseProcfile(text)).toThrowError(expect.objectContaining({ code: 'PROCFILE_INVALID' }))
  try {
    parseProcfile(text)
  } catch (error) {
    expect((error as { detail: string }).detail).toContain(sentence)
  }
})

test('all faults are told at once', () => {
  expect(() => parseProcfile('a\nb\nc: d')).toThrowError(
    expect.objectContaining({ detail: expect.stringMatching(/line 1.*\n.*line 2/) }),
  )
})
