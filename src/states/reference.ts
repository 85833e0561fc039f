/** The reference of all states and execution functions as Markdown, made of their definitions. */
import { repr } from '../python/repr.ts'
import type { Arguments, FunctionDefinition, StateDefinition } from './define.ts'
import { loadFunctionModules, loadState, loadStateModule, stateModuleNames } from './registry.ts'

export async function referenceText(): Promise<string> {
  const states = await allStates()
  const functions = await allFunctions()
  return [
    '## States\n',
    ...states.map(([name, definition]) => stateText(name, definition)),
    '## Execution functions\n',
    ...functions.map(([name, definition]) => functionText(name, definition)),
  ].join('\n')
}

/** Sorted by name. */
export async function allStates(): Promise<(readonly [string, StateDefinition])[]> {
  const found: (readonly [string, StateDefinition])[] = []
  for (const module of stateModuleNames().sort()) {
    for (const name of Object.keys((await loadStateModule(module)) ?? {}).sort()) {
      const definition = await loadState(module, name)
      if (definition) found.push([`${module}.${name}`, definition])
    }
  }
  return found
}

export async function allFunctions(): Promise<(readonly [string, FunctionDefinition])[]> {
  const modules = Object.entries(await loadFunctionModules())
  const found = modules.flatMap(([module, table]) =>
    Object.entries(table).map(([name, definition]) => [`${module}.${name}`, definition] as const),
  )
  return found.sort(([a], [b]) => (a < b ? -1 : 1))
}

function stateText(name: string, definition: StateDefinition): string {
  const watch = definition.modWatch ? '\nIt can `watch` other states.\n' : ''
  const others = definition.otherArguments ? `\n${definition.otherArguments}\n` : ''
  const examples = (definition.examples ?? []).map(({ title, sls }) => `\n${title}:\n\n\`\`\`yaml\n${sls}\`\`\`\n`)
  return `### ${name}\n\n${definition.does}\n${argumentsText(definition.arguments)}${others}${watch}${examples.join('')}`
}

function functionText(name: string, definition: FunctionDefinition): string {
  const rest = definition.restArguments ? `\nFurther arguments: ${definition.restArguments}\n` : ''
  const others = definition.otherArguments ? `\n${definition.otherArguments}\n` : ''
  const examples = (definition.examples ?? []).map(({ template, gives }) => `\n\`${template}\` gives \`${gives}\`.\n`)
  return `### ${name}\n\n${definition.does}\n${argumentsText(definition.arguments)}${rest}${others}${examples.join('')}`
}

function argumentsText(given: Arguments): string {
  const rows = Object.entries(given).map(([name, argument]) => {
    const otherwise = argument.required
      ? 'needed'
      : argument.default === undefined
        ? ''
        : `\`${repr(argument.default)}\``
    return `| \`${name}\` | ${argument.type} | ${otherwise} | ${argument.does.replaceAll('|', '\\|')} |`
  })
  return rows.length ? `\n| argument | type | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n` : ''
}
