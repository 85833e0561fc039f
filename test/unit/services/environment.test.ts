import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkedEnvironment, exportLines, readEnvironment } from '../../../src/services/environment.ts'
import { localShell } from '../../../src/shell/local.ts'

const names = fc
  .stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/)
  .filter(name => !['_', 'IFS', 'PWD', 'OLDPWD', 'PPID', 'OPTIND', 'PATH'].includes(name))
const bytes = fc.uint8Array({ maxLength: 60 }).map(value => value.map(byte => (byte === 0 ? 1 : byte)))
const nasty = fc
  .constantFrom(`'`, `"`, '$HOME', '`id`', '\n', '\n\n', '\\', '%s', ' ', '\t', '!', '😀', "'\\''", '')
  .map(text => new Uint8Array(Buffer.from(text)))
const values = fc.oneof(
  bytes,
  fc.array(nasty, { maxLength: 8 }).map(pieces => new Uint8Array(Buffer.concat(pieces))),
)

test('any bytes of a value reach a program through the lines of shell untouched', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-environment-'))
  try {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(names, values, { maxKeys: 6, noNullPrototype: true }), async environment => {
        const script = join(folder, 'script')
        writeFileSync(script, Buffer.concat([exportLines(environment), Buffer.from('exec env -0\n')]))
        const ended = await localShell.run({ argv: ['/bin/sh', script], env: { PATH: '/usr/bin:/bin' } })
        const seen = new Map(splitNul(Buffer.from(ended.stdout)))
        for (const [name, value] of Object.entries(environment))
          expect(seen.get(name)).toBe(Buffer.from(value).toString('latin1'))
      }),
      { numRuns: 120 },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('numbers and booleans become text, and null takes a variable out', () => {
  expect(readEnvironment({ A: 1, B: true, C: null, D: 10n }, 'environment')).toEqual({ A: '1', B: 'true', D: '10' })
})

test.each([
  [{ 'A B': 'x' }, /not the name of a variable/],
  [{ '': 'x' }, /not the name of a variable/],
  [{ A: 'x\0y' }, /value of A .* holds a NUL/],
  [{ A: 'x'.repeat(131_072) }, /value of A .* longer than 128 KiB/],
  [Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`A${n}`, 'x'.repeat(100_000)])), /more than 1.5 MiB/],
])('an environment that cannot be is refused without showing its values', (environment, sentence) => {
  expect(() => checkedEnvironment(environment)).toThrow(sentence)
})

test('the longest value and the largest environment that are allowed can really be started', async () => {
  const environment = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`A${n}`, 'x'.repeat(131_000)]))
  const folder = mkdtempSync(join(tmpdir(), 'corpus-environment-'))
  try {
    writeFileSync(
      join(folder, 'script'),
      Buffer.concat([exportLines(environment), Buffer.from('exec /bin/sh -c "exec true"\n')]),
    )
    const ended = await localShell.run({ argv: ['/bin/sh', join(folder, 'script')], env: {} })
    expect(ended.status).toBe(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function splitNul(output: Buffer): readonly (readonly [string, string])[] {
  return output
    .toString('latin1')
    .split('\0')
    .map(entry => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const)
}
