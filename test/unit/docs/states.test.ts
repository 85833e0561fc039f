import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from '../../../src/controller/reference/commands.ts'
import { statesPage } from '../../../src/controller/reference/states-page.ts'
import { functionEntries, stateEntries, templateEntries } from '../../../src/controller/reference/states-reference.ts'
import { engineWords, requisiteKinds } from '../../../src/salt/language/words.ts'
import { knownDifferences } from '../../support/conformance.ts'

const path = join(import.meta.dirname, '..', '..', '..', 'docs', 'states.md')
const page = readFileSync(path, 'utf8')

test('docs/states.md says what the definitions say (node scripts/states-docs.mjs writes it)', async () => {
  expect(await statesPage(page)).toBe(page)
})

test('every state, function, filter and test has its place in docs/states.md', async () => {
  const entries = [...(await stateEntries()), ...(await functionEntries({})), ...(await templateEntries())]
  expect(entries.length).toBeGreaterThan(300)
  expect(entries.filter(one => !page.includes(one.markdown.trimEnd())).map(one => `${one.kind} ${one.name}`)).toEqual(
    [],
  )
})

test('every requisite and every argument that all states have is explained', () => {
  const inner = new Set(['fun', 'state', 'provider', 'runas_password', 'prerequired', 'onfail_stop', 'use_in'])
  const words = [...requisiteKinds, ...engineWords].filter(word => !inner.has(word) && !word.endsWith('_in'))
  expect(words.filter(word => !page.includes(`\`${word}\``))).toEqual([])
})

test('every command that docs/states.md shows is there', () => {
  const known = new Set(commands.map(one => one.name))
  const shown = [...page.matchAll(/(?:^ {4}|`)corpus (states [a-z]+|[a-z][a-z_-]*)/gm)].map(match => match[1] ?? '')
  expect(shown.length).toBeGreaterThan(6)
  expect(shown.filter(name => !known.has(name))).toEqual([])
})

test('every place in the page that it links to is there', () => {
  const heads = new Set(
    [...page.matchAll(/^#+ (.+)$/gm)].map(match =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
  const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(match => match[1] ?? '')
  expect(targets.filter(target => !heads.has(target))).toEqual([])
})

test('every conformance case that is known to differ is named in docs/states.md', () => {
  expect(Object.keys(knownDifferences).filter(name => !page.includes(`\`${name}\``))).toEqual([])
})
