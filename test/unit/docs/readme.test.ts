import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { modesText } from '../../../src/cli/drawings/modes.ts'
import { settingsText, takesText } from '../../../src/configuration/settings/index.ts'
import { modesTable } from '../../../src/controller/modes.ts'
import { commands } from '../../../src/controller/reference/commands.ts'
import { referencePage } from '../../../src/controller/reference/page.ts'
import { catalogueText } from '../../../src/kernel/catalogue-text.ts'

const { llmsText } = (await import(join(import.meta.dirname, '../../../scripts/llms-text.mjs'))) as {
  llmsText: (docs: string) => string
}
const home = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const read = (name: string) => readFileSync(join(home, name), 'utf8')
const folders = ['docs', 'docs/frameworks']
const pages = [
  'README.md',
  'src/README.md',
  ...folders.flatMap(folder =>
    readdirSync(join(home, folder))
      .filter(name => name.endsWith('.md') && name !== 'benchmarks.md' && name !== 'states.md')
      .map(name => `${folder}/${name}`),
  ),
]

test('the table of modes in the README is the one that corpus prints (node scripts/docs.mjs writes it)', () => {
  expect(read('README.md')).toContain(`<!-- modes -->\n\`\`\`\n${modesText(modesTable())}\`\`\`\n<!-- /modes -->`)
})

test('every error code is in docs/exit-statuses.md with its status and way out (node scripts/docs.mjs writes them)', () => {
  expect(read('docs/configuration.md')).toContain(`<!-- settings -->\n${settingsText()}<!-- /settings -->`)
  expect(read('docs/security.md')).toContain(`<!-- takes -->\n${takesText()}<!-- /takes -->`)
  expect(read('docs/exit-statuses.md')).toContain(`<!-- codes -->\n${catalogueText()}<!-- /codes -->`)
})

test('docs/commands.md says of every request what is declared of it (node scripts/docs.mjs writes it)', () => {
  expect(read('docs/commands.md')).toContain(`<!-- commands -->\n${referencePage()}<!-- /commands -->`)
})

test('docs/llms.txt has every page with a line of it (node scripts/docs.mjs writes it)', () => {
  const text = read('docs/llms.txt')
  expect(text).toBe(llmsText(join(home, 'docs')))
  const listed = [...text.matchAll(/^- \[.+\]\(([^)]+)\): .{10,}\.$/gm)].map(match => match[1] ?? '')
  const there = readdirSync(join(home, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.md'),
  )
  expect(listed.sort()).toEqual(there.sort())
})

test('every command that a page shows is there', () => {
  const known = new Set(commands.map(one => one.name.split(' ')[0]))
  const names = new Set(commands.map(one => one.name))
  // What says as whom another machine is asked is no request: `cli/remote/login.ts`.
  const noRequests = ['login', 'logout', 'environments']
  const shown = pages
    .flatMap(page => [...read(page).matchAll(/(?:^ {4}|`|&& )corpus ([a-z]+)( [a-z]+)?/gm)])
    .filter(([, name = '']) => !noRequests.includes(name))
  expect(shown.length).toBeGreaterThan(80)
  expect(shown.filter(([, name = '']) => !known.has(name)).map(([text]) => text)).toEqual([])
  // Of a group, its own words alone.
  const grouped = shown.filter(([, name = '', more]) => more !== undefined && !names.has(name))
  expect(grouped.filter(([, name, more]) => !names.has(`${name}${more}`)).map(([text]) => text)).toEqual([])
})

test('every page that a page links to is there', () => {
  for (const page of pages) {
    const targets = [...read(page).matchAll(/\]\(([\w./-]+)(?:#[\w-]+)?\)/g)].map(match =>
      join(home, dirname(page), match[1] ?? ''),
    )
    expect(targets.filter(target => !existsSync(target))).toEqual([])
  }
})

test('every package that corpus depends on has its line in docs/dependencies.md', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
  const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const text = read('docs/dependencies.md')
  expect(names.filter(name => !text.includes(name))).toEqual([])
})

test('every room of the source is on its map', () => {
  const rooms = readdirSync(join(home, 'src'), { withFileTypes: true }).filter(entry => entry.isDirectory())
  const map = read('src/README.md')
  expect(rooms.map(entry => entry.name).filter(name => !map.includes(`\`${name}\``))).toEqual([])
})
