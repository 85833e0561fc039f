import { expect, test } from 'vitest'
import { shellWord, typedWords } from '../../../src/kernel/shell-word.ts'

test.each([
  ['', []],
  ['  logs   shop\t--follow ', ['logs', 'shop', '--follow']],
  ['env set shop \'A=b c\' B="d e" C=f\\ g', ['env', 'set', 'shop', 'A=b c', 'B=d e', 'C=f g']],
  ['run shop sh -c \'echo "$HOME"; ls\'', ['run', 'shop', 'sh', '-c', 'echo "$HOME"; ls']],
  ["a''b '' \"\"", ['ab', '', '']],
  ['"\\"\\\\\\a" \'\\\'', ['"\\\\a', '\\']],
  ['status $(id) `id` * ; | > x', ['status', '$(id)', '`id`', '*', ';', '|', '>', 'x']],
])('%j is parted as sh parts it, and nothing of it is looked at', (line, words) => {
  expect(typedWords(line)).toEqual(words)
})

test.each(["a 'b", 'a "b', 'a "b\\"', 'a \\'])('%j is not closed', line => expect(typedWords(line)).toBeNull())

test('what is quoted for sh comes back as it was', () => {
  const words = ['a b', "it's", '', 'plain', '$x', 'back\\slash', 'line\nbreak', '"both"\'']
  expect(typedWords(words.map(shellWord).join(' '))).toEqual(words.map(word => word))
})
