import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesDiff, textDiff } from '../../../../../src/salt/states/file/diff.ts'

const python = `
import difflib, json, sys
print(json.dumps(["".join(difflib.unified_diff(a.splitlines(True), b.splitlines(True))) for a, b in json.load(sys.stdin)]))
`

/** A text and what became of it: lines from few words, so that some are popular. */
const edited = fc
  .tuple(
    fc.array(fc.nat(12), { maxLength: 400 }),
    fc.array(fc.tuple(fc.nat(400), fc.nat(12)), { maxLength: 12 }),
    fc.boolean(),
  )
  .map(([numbers, edits, cut]) => {
    const before = numbers.map(number => `line ${number}\n`)
    const after = [...before]
    for (const [at, word] of edits) after.splice(at % (after.length + 1), word % 3, `new ${word}\n`)
    return [before.join(''), after.join('').slice(0, cut ? -1 : undefined)] as [string, string]
  })

test('Differences of texts are those that Python shows', () => {
  const pairs = fc.sample(edited, { numRuns: 300, seed: 7 })
  const ended = spawnSync('/usr/bin/python3', ['-c', python], { input: JSON.stringify(pairs), maxBuffer: 1 << 28 })
  const expected = JSON.parse(String(ended.stdout))
  for (const [index, [before, after]] of pairs.entries()) expect(textDiff(before, after)).toBe(expected[index])
})

test('Binary files are told, not shown', () => {
  const [binary, text] = [Buffer.from([0, 1, 2]), Buffer.from('text\n')]
  expect(bytesDiff(binary, Buffer.from([0, 1]))).toBe('Replace binary file')
  expect(bytesDiff(binary, text)).toBe('Replace binary file with text file')
  expect(bytesDiff(text, binary)).toBe('Replace text file with binary file')
  expect(bytesDiff(binary, binary)).toBe('')
})
