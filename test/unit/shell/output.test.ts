import { expect, test } from 'vitest'
import { localShell } from '../../../src/shell/local.ts'
import { boundedOutput, wholeLines } from '../../../src/shell/output.ts'
import { textOf } from '../../../src/shell/shell.ts'

/** What is handed on of these pieces, each an entry. */
function handed(pieces: readonly (readonly [string | Buffer, 'stdout' | 'stderr'])[], most?: number): string[] {
  const given: string[] = []
  const give = (piece: Uint8Array) => void given.push(textOf(piece))
  const said = most === undefined ? wholeLines(give) : boundedOutput(most).of(give)
  for (const [piece, stream] of pieces) said.add(Buffer.from(piece as string), stream)
  said.end()
  return given
}

test('lines are whole, however they come, and those of two streams do not tear each other', () => {
  const umlaut = Buffer.from('ü')
  const pieces = [
    ['one ', 'stdout'], ['err', 'stderr'], ['line\ntwo\nhalf ', 'stdout'], ['or\n', 'stderr'],
    [umlaut.subarray(0, 1), 'stdout'], [umlaut.subarray(1), 'stdout'], ['!', 'stdout'],
  ] as const // biome-ignore format: pieces
  expect(handed(pieces)).toEqual(['one line\ntwo\n', 'error\n', 'half ü!\n'])
})

test('a line without an end is shown before memory is full of it', () => {
  const given = handed([
    ['x'.repeat(40_000), 'stdout'],
    ['y\n', 'stdout'],
  ])
  expect(given.join('').replaceAll('\n', '')).toBe(`${'x'.repeat(40_000)}y`)
  expect(given.length).toBeGreaterThan(1)
})

test('beyond the bound only the end is shown, it is said once, and nothing of the end is lost', () => {
  const lines = Array.from({ length: 50_000 }, (_, at) => `line ${at}\n`)
  const given = handed(
    lines.map(line => [line, 'stdout'] as const),
    1000,
  ).join('')
  expect(given.length).toBeLessThan(70_000)
  expect(given.match(/build\.output/g)).toHaveLength(1)
  expect(given.startsWith('line 0\nline 1\n')).toBe(true)
  expect(given).toContain(' bytes left out]\nline ')
  expect(given.endsWith('line 49998\nline 49999\n')).toBe(true)
})

test('the bound is one for all commands of a step', () => {
  const given: string[] = []
  const output = boundedOutput(20)
  for (const word of ['first command\n', 'second command\n', 'third command\n']) {
    const said = output.of(piece => void given.push(textOf(piece)))
    said.add(Buffer.from(word), 'stdout')
    said.end()
  }
  expect(given.filter(text => text.includes('build.output'))).toHaveLength(1)
  expect(given.filter(text => text.endsWith(' command\n'))).toHaveLength(3)
})

test('what is kept of a long output of the project has its beginning and its end', async () => {
  const argv = ['/bin/sh', '-c', 'echo begin; head -c 100000 /dev/zero | tr "\\0" x; echo; echo end'] as const
  const ended = await localShell.run({ argv, ofProject: true, keepBytes: 1000 })
  const text = textOf(ended.stdout)
  expect(text.startsWith('begin\n')).toBe(true)
  expect(text.endsWith('end\n')).toBe(true)
  expect(text).toMatch(/\n\[\d+ bytes left out\]\n/)
  expect(text.length).toBeLessThan(70_000)
})
