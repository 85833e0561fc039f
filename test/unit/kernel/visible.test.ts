import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visible } from '../../../src/kernel/visible.ts'

const hooks = join(import.meta.dirname, '../../../src/hooks')
/** The same in the hooks, where nothing of ours runs but Perl. */
const inHooks = (text: string): string => {
  const ended = spawnSync(
    '/usr/bin/perl',
    ['-e', 'local $/; require $ARGV[0]; print shown(<STDIN>)', join(hooks, 'post-receive.pl')],
    {
      input: text,
    },
  )
  expect(ended.stderr.toString()).toBe('')
  return ended.stdout.toString()
}

const samples: readonly (readonly [string, string])[] = [
  ['plain\ttext, ümläut, 漢字 🎉\n', 'plain\ttext, ümläut, 漢字 🎉\n'],
  ['odd \0 nul\nafter\n', 'odd ^@ nul\nafter\n'],
  ['up\x1b[2A\x1b[2Kgone\x1b]0;title\x07\n', 'up^[[2A^[[2Kgone^[]0;title^G\n'],
  ['\x1b[31mred\x1b[0m plain\n', '\x1b[31mred\x1b[0m plain\n'],
  ['\x1b[1;38;5;8mnever ended\nnext\n', '\x1b[1;38;5;8mnever ended\x1b[0m\nnext\n'],
  ['          | progress 10%\rprogress 100%\n', '          | progress 100%\n'],
  ['windows\r\nends\r\n', 'windows\nends\n'],
  [
    'c1 \u009b2J, del \x7f, bidi \u202eabc\u2066\u200f\u061c\n',
    'c1 \\u{9b}2J, del ^?, bidi \\u{202e}abc\\u{2066}\\u{200f}\\u{61c}\n',
  ],
]
test.each(samples)('%j is shown as %j, in the hooks too', (text, wanted) => {
  expect(visible(text)).toBe(wanted)
  expect(inHooks(text)).toBe(wanted)
})

test('both agree on any text, and nothing that a terminal obeys is left but colours', () => {
  const sign = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom('\x1b[', '\x1b[31m', '\x1b[0m', '\r', '\n', '\0', '\u202e', '\u009b', '          | '),
  )
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 30 }), parts => {
      const text = parts.join('').toWellFormed()
      const shown = visible(text)
      expect(shown.replace(/\x1b\[[\d;:]*m/g, '')).not.toMatch(
        /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/,
      )
      expect(inHooks(text)).toBe(shown)
    }),
    { numRuns: 60 },
  )
})
