/** docs/states.md: prose by hand, and between its marks what the definitions say. */
import { ownFunctions } from '../../statefiles/functions.ts'
import { type Entry, functionEntries, stateEntries, templateEntries } from './states-reference.ts'

/** The page with every marked part written anew. */
export async function statesPage(page: string): Promise<string> {
  const [states, functions, templates] = await Promise.all([
    stateEntries(),
    functionEntries(ownFunctions()),
    templateEntries(),
  ])
  const of = (kind: Entry['kind']) => templates.filter(one => one.kind === kind).map(one => one.markdown)
  const parts: Readonly<Record<string, string>> = {
    'list of states': listOf(states),
    states: states.map(one => one.markdown).join(''),
    'list of functions': listOf(functions),
    functions: functions.map(one => one.markdown).join(''),
    filters: `| filter | |\n|---|---|\n${of('filter').join('')}`,
    tests: `| test | |\n|---|---|\n${of('test').join('')}`,
    globals: `| name | |\n|---|---|\n${of('global').join('')}`,
  }
  return Object.entries(parts).reduce((text, [name, content]) => {
    const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`)
    return text.replace(marked, (_, begin: string, end: string) => `${begin}${content.replace(/\n+$/, '\n')}${end}`)
  }, page)
}

/** A line for each module. */
function listOf(entries: readonly Entry[]): string {
  const modules = Map.groupBy(entries, one => one.name.slice(0, one.name.indexOf('.')))
  return [...modules]
    .map(([module, those]) => `- \`${module}\`: ${those.map(one => one.name.slice(module.length + 1)).join(', ')}\n`)
    .join('')
}
