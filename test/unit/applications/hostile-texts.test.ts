/** Whoever pushes writes these files, and an application may write them into its own tree: no text of theirs keeps root busy. */
import { describe, expect, test } from 'vitest'
import { readGoModule } from '../../../src/applications/go-module.ts'
import { readNodePackage } from '../../../src/applications/node-package.ts'
import { readPhpApplication } from '../../../src/applications/php-application.ts'
import { readPythonApplication } from '../../../src/applications/python-application.ts'
import { readRubyApplication } from '../../../src/applications/ruby-application.ts'
import { readStaticSite } from '../../../src/applications/static-site.ts'
import type { TreeFiles } from '../../../src/kernel/tree-files.ts'
import { parseProcfile } from '../../../src/services/procfile.ts'

/** A tree whose files all have the same text. */
function treeOf(names: readonly string[], textOf: (name: string) => string): TreeFiles {
  const below = (folder: string) => names.flatMap(name => (name.startsWith(folder) ? [name.slice(folder.length)] : []))
  const first = (name: string) => name.split('/')[0] ?? ''
  return {
    has: path => names.includes(path) || names.some(name => name.startsWith(`${path}/`)),
    text: path => (names.includes(path) ? textOf(path) : undefined),
    names: (folder = '.') => [...new Set(below(folder === '.' ? '' : `${folder}/`).map(first))],
  }
}

const python = ['app.py', 'src/main.py', 'app/__init__.py', 'pyproject.toml', 'requirements.txt', 'uv.lock', 'Pipfile']
const wishes = ['.python-version', 'runtime.txt', '.tool-versions']
const django = ['manage.py', 'site/__init__.py', 'site/settings.py', 'site/wsgi.py']
const node = ['package.json', 'yarn.lock', 'pnpm-lock.yaml', '.nvmrc', '.node-version', '.tool-versions']
const frontEnd = ['package.json', 'vite.config.js', 'next.config.js']
const inPackage = (text: string) =>
  JSON.stringify({
    scripts: { start: text, build: text },
    main: text,
    engines: { node: text },
    dependencies: { vite: text },
  })

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  python: text => readPythonApplication(treeOf([...python, ...wishes], () => text)),
  django: text => readPythonApplication(treeOf(django, () => text)),
  node: text => readNodePackage(treeOf(node, name => (name === 'package.json' ? '{}' : text))),
  'package.json': text => readNodePackage(treeOf(frontEnd, name => (name === 'package.json' ? inPackage(text) : text))),
  ruby: text => readRubyApplication(treeOf(['Gemfile', 'Gemfile.lock', 'config.ru', 'Rakefile'], () => text)),
  php: text => readPhpApplication(treeOf(['composer.json', 'index.php'], () => text)),
  go: text => readGoModule(treeOf(['go.mod', 'go.work', 'main.go', 'cmd/x/main.go'], () => text)),
  static: text => readStaticSite(treeOf(['Staticfile'], () => text)),
  Procfile: text => expect(() => parseProcfile(text)).not.toThrow(RangeError),
}

const beginnings = ['', 'def create_app(', 'from flask import a\ndef create_app(', 'root: ', 'use (', 'web: ']
const pieces = [
  'a=', 'a=a,', 'a', ' ', '\n', '\r', ' \n', '\t', '(', ':', '"', '#', '/', '\\', '[', ',', '0', '.', '*', 'a ', 'use ', 'use (',
  'def create_app(', 'def create_app(a=', '\na = ', 'import ', '<script ', 'gem ', '[tool.uv]\n', 'path=a ',
] // biome-ignore format: a list

describe.each(Object.entries(readers))('what %s says', (_, read) => {
  test.each(beginnings)(
    'is read to its end, whatever follows %j',
    beginning => {
      for (const piece of pieces) {
        // Of some lengths only the end shows that nothing matches.
        for (const length of [60, 200_000]) {
          const text = `${beginning}${piece.repeat(length / piece.length)}`
          expect(read(text)).not.toBe(0)
          expect(read(`${text}!`)).not.toBe(0)
        }
      }
    },
    60_000,
  )
})
