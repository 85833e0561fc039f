/** The reference of the state language, written from the definitions: Markdown for docs/states.md and for `corpus states doc`. */
import { CorpusError } from '../../kernel/errors.ts'
import { shown } from '../../kernel/names.ts'
import { meant } from '../../kernel/nearest.ts'
import type { Argument, FunctionDefinition, StateDefinition } from '../../salt/definition/define.ts'
import { loadFunctionModules } from '../../salt/definition/function-registry.ts'
import { loadState, loadStateModule, stateModuleNames } from '../../salt/definition/registry.ts'
import type { Parameters } from '../../salt/python/call.ts'
import { repr } from '../../salt/python/repr.ts'
import type { Value } from '../../salt/python/value.ts'

import { compiledExamples, runExamples } from './states-examples.ts'

/** One thing that has a name in the language, and what is said of it. */
export interface Entry {
  readonly name: string
  readonly kind: 'state' | 'function' | 'filter' | 'test' | 'global'
  readonly markdown: string
}

export async function stateEntries(): Promise<Entry[]> {
  const entries: Entry[] = []
  for (const module of stateModuleNames()) {
    for (const name of Object.keys((await loadStateModule(module)) ?? {})) {
      const definition = await loadState(module, name)
      const full = `${module}.${name}`
      if (definition) entries.push({ name: full, kind: 'state', markdown: stateMarkdown(full, definition) })
    }
  }
  return entries
}

export async function functionEntries(own: Readonly<Record<string, FunctionDefinition>>): Promise<Entry[]> {
  const all = new Map<string, FunctionDefinition>()
  for (const [module, functions] of Object.entries(await loadFunctionModules()))
    for (const [name, definition] of Object.entries(functions)) all.set(`${module}.${name}`, definition)
  for (const [name, definition] of Object.entries(own)) all.set(name, definition)
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, definition]) => ({ name, kind: 'function', markdown: functionMarkdown(name, definition) }))
}

/** The entry of a name; of a module its entries, without what is said of them. Throws USAGE. */
export async function entriesNamed(
  name: string,
): Promise<{ readonly kind: Entry['kind']; readonly name: string; readonly markdown?: string }[]> {
  const { ownFunctions } = await import('../../statefiles/functions.ts')
  const entries = [...(await stateEntries()), ...(await functionEntries(ownFunctions())), ...(await templateEntries())]
  const found = entries.filter(one => one.name === name)
  if (found.length > 0) return found
  const inModule = entries.filter(one => one.name.startsWith(`${name}.`))
  if (inModule.length > 0) return inModule.map(one => ({ kind: one.kind, name: one.name }))
  const known = entries.map(one => one.name)
  throw new CorpusError('USAGE', `There is no ${shown(name)}.${meant(name, known)}`)
}

/** Filters, tests and global functions of templates. */
export async function templateEntries(): Promise<Entry[]> {
  const [{ filterDefinitions }, { testDefinitions }, { functionDefinitions }] = await Promise.all([
    import('../../salt/jinja/filters/index.ts'),
    import('../../salt/jinja/tests/index.ts'),
    import('../../salt/jinja/globals.ts'),
  ])
  // A later definition of a name is the one that counts.
  const filters = new Map(filterDefinitions.map(one => [one.name, one]))
  const tests = new Map(testDefinitions.map(one => [one.name, one]))
  const row = (kind: Entry['kind'], name: string, takes: string, aliases: readonly string[], does: string): Entry => ({
    name,
    kind,
    markdown: `| \`${name}${cell(takes)}\`${aliases.map(alias => `, \`${alias}\``).join('')} | ${cell(does)} |\n`,
  })
  const sorted = (entries: Entry[]) => entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  return [
    ...sorted(
      [...filters.values()].map(one => row('filter', one.name, takesText(one.takes), one.aliases ?? [], one.does)),
    ),
    ...sorted([...tests.values()].map(one => row('test', one.name, takesText(one.takes), one.aliases ?? [], one.does))),
    ...sorted(functionDefinitions.map(one => row('global', one.name, '', [], one.does))),
  ]
}

function stateMarkdown(name: string, definition: StateDefinition): string {
  const examples = (definition.examples ?? []).map(({ title, sls }) => `${title}:\n\n${block(sls)}\n`).join('')
  const further = [runExamples[name], compiledExamples[name]].flatMap(sls =>
    sls === undefined ? [] : [`${block(sls)}\n`],
  )
  const rows = Object.entries(definition.arguments).map(
    ([argument, one]) => `| \`${argument}\` | ${one.type} | ${defaultCell(one)} | ${cell(one.does)} |\n`,
  )
  const table = rows.length > 0 ? `| argument | type | default | |\n|---|---|---|---|\n${rows.join('')}\n` : ''
  const others = definition.otherArguments ? `${definition.otherArguments}\n\n` : ''
  const watch = definition.modWatch ? 'Reacts to `watch` and `listen`.\n\n' : ''
  return `### ${name}\n\n${definition.does}\n\n${watch}${table}${others}${examples}${further.join('')}`
}

function functionMarkdown(name: string, definition: FunctionDefinition): string {
  const names = Object.entries(definition.arguments).map(([argument, one]) =>
    one.required ? argument : `${argument}=${repr(one.default ?? null)}`,
  )
  if (definition.restArguments) names.push('…')
  if (definition.otherArguments) names.push('key=…')
  const rows = Object.entries(definition.arguments).map(
    ([argument, one]) => `- \`${argument}\` (${one.type}): ${one.does}\n`,
  )
  if (definition.restArguments) rows.push(`- …: ${definition.restArguments}\n`)
  if (definition.otherArguments) rows.push(`- key=…: ${definition.otherArguments}\n`)
  const examples = (definition.examples ?? []).map(({ template, gives }) => `${block(`${template}\n  -> ${gives}`)}\n`)
  const list = rows.length > 0 ? `${rows.join('')}\n` : ''
  return `#### ${name}(${names.join(', ')})\n\n${definition.does}\n\n${list}${examples.join('')}`
}

const defaultCell = (one: Argument): string =>
  one.required ? 'required' : one.default === undefined ? '' : `\`${cell(repr(one.default))}\``

function takesText(takes: Parameters | 'anything'): string {
  if (takes === 'anything') return '(…)'
  const words = Object.entries(takes).map(([name, value]: [string, Value | undefined]) =>
    value === undefined ? name : `${name}=${repr(value)}`,
  )
  return words.length > 0 ? `(${words.join(', ')})` : ''
}

/** Text inside a table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

const block = (text: string): string => `${text.trimEnd().replace(/^(?=.)/gm, '    ')}\n`
