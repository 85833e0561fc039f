import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contextFiles } from '../../../src/containers/context.ts'
import { ignoreRules } from '../../../src/containers/ignore.ts'

test.each([
  ['node_modules', 'node_modules/a/b.js', true],
  ['node_modules', 'web/node_modules/a.js', false],
  ['**/node_modules', 'web/node_modules/a.js', true],
  ['/build', 'build/x', true],
  ['*.log', 'a.log', true],
  ['*.log', 'logs/a.log', false],
  ['**/*.log', 'logs/deep/a.log', true],
  ['**/*.log', 'a.log', true],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[ab].txt', 'b.txt', true],
  ['docs/', 'docs/index.md', true],
  ['a.b', 'axb', false],
  ['(x)+', '(x)+', true],
  ['# node_modules', 'node_modules', false],
  ['*\n!keep.txt', 'keep.txt', false],
  ['*\n!keep.txt', 'other.txt', true],
  ['!keep.txt\n*', 'keep.txt', true],
  ['docs\n!docs/index.md', 'docs/index.md', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**', 'a/x/y', true],
  ['[^ab].txt', 'c.txt', true],
  ['[^ab].txt', 'a.txt', false],
  ['[z-a].txt', 'b.txt', false],
  ['[abc', '[abc', true],
  ['a\\*', 'a*', true],
  ['a\\*', 'ab', false],
])('with %j, %s is ignored: %s', (text, path, expected) => {
  expect(ignoreRules(text).ignores(path)).toBe(expected)
})

test('what goes to the engine is what is not ignored, links as links, and always what the engine itself reads', () => {
  const tree = mkdtempSync(join(tmpdir(), 'corpus-context-'))
  try {
    mkdirSync(join(tree, 'docs'))
    mkdirSync(join(tree, 'empty'))
    for (const file of ['Dockerfile', 'docs/index.md', 'docs/draft.md', 'secret']) writeFileSync(join(tree, file), '')
    symlinkSync('/etc/passwd', join(tree, 'link'))
    writeFileSync(join(tree, '.dockerignore'), '*\n!docs/index.md\n!empty\n!link\n')
    expect(contextFiles(tree)).toEqual(['.dockerignore', 'Dockerfile', 'docs/index.md', 'empty', 'link'])
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
})

test('no pattern takes for ever', () => {
  const path = `${'a'.repeat(3000)}/b`
  for (const pattern of ['**a'.repeat(40), '**/'.repeat(40), '*a'.repeat(40), '['.repeat(200_000), '**'.repeat(1000)])
    expect(ignoreRules(`${pattern}!`).ignores(path)).toBe(false)
})
