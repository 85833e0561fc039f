import { expect, test } from 'vitest'
import { commandLine } from '../../../src/services/launch.ts'

test.each(['node server.js', 'gunicorn -b :$PORT app:main', 'bin/web --name "a b"', './start'])(
  '%s becomes the process itself',
  command => expect(commandLine(command)).toBe(`exec ${command}`),
)

test.each([
  'a && b',
  'cd x; y',
  'NODE_ENV=production node x',
  'cd x',
  'exec node x',
  'while true',
  '(a)',
  'a > b',
  'a\nb',
  '"./x y"',
])('%j is left to the shell', command => expect(commandLine(command)).toBe(command))
