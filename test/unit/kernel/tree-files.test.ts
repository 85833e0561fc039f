import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderFiles, subtree } from '../../../src/kernel/tree-files.ts'

let tree = ''
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'corpus-tree-files-'))
  mkdirSync(join(tree, 'apps', 'web'), { recursive: true })
  writeFileSync(join(tree, 'apps', 'web', 'package.json'), '{}')
  symlinkSync('/etc/passwd', join(tree, 'Procfile'))
})
afterEach(() => rmSync(tree, { recursive: true, force: true }))

test('a folder says what it has, and a link is no file', () => {
  const files = folderFiles(tree)
  expect(files.names()).toEqual(['Procfile', 'apps'])
  expect(files.has('Procfile')).toBe(true)
  expect(files.text('Procfile')).toBeUndefined()
  expect(files.text('apps/web/package.json')).toBe('{}')
  expect(files.names('nothing')).toEqual([])
})

test('a part of a tree is a tree', () => {
  const files = subtree(folderFiles(tree), 'apps/web')
  expect(files.names()).toEqual(['package.json'])
  expect(files.has('package.json')).toBe(true)
  expect(folderFiles(join(tree, 'none')).names()).toEqual([])
})
