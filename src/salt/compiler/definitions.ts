/** Loads the definitions of the states that a tree uses, and tells what it asks of them that they do not know. */
import { nearest } from '../../kernel/nearest.ts'
import type { StateDefinition } from '../definition/define.ts'
import { loadState, loadStateModule, stateModuleNames } from '../definition/registry.ts'
import { type Fault, fault, isSlip } from '../language/faults.ts'
import type { Step } from '../language/step.ts'
import { engineWords, requisiteWords } from '../language/words.ts'
import { missingArguments, unknownArguments } from '../runner/call.ts'

export type Definitions = ReadonlyMap<string, StateDefinition>

export async function definitionsOf(steps: readonly Step[]): Promise<Definitions> {
  const wanted = new Map(steps.map(step => [keyOf(step), step]))
  const found = new Map<string, StateDefinition>()
  for (const [key, step] of wanted) {
    const definition = await loadState(step.module, step.function)
    if (definition) found.set(key, definition)
  }
  return found
}

export function definitionOf(definitions: Definitions, step: Step): StateDefinition | undefined {
  return definitions.get(keyOf(step))
}

/** Unknown states, functions and arguments, and missing ones: doubts, since a run tells them one by one. */
export async function doubtsOf(steps: readonly Step[], definitions: Definitions): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const step of steps) {
    const definition = definitionOf(definitions, step)
    if (!definition) faults.push(await unknownState(step))
    else faults.push(...argumentDoubts(step, definition))
  }
  return faults
}

async function unknownState(step: Step): Promise<Fault> {
  const { module, id, sls, place } = step
  const full = `${module}.${step.function}`
  const table = await loadStateModule(module)
  const known = table ? Object.keys(table) : stateModuleNames()
  const near = nearest(table ? step.function : module, known)
  const advice = near
    ? `Did you mean '${table ? `${module}.${near}` : `${near}.${step.function}`}'?`
    : `Known are ${known.map(name => (table ? `${module}.${name}` : name)).join(', ')}.`
  const message = `State '${full}' of ID '${id}' was not found in SLS '${sls}'`
  return fault('name', message, { sls, place, advice, doubt: true })
}

function argumentDoubts(step: Step, definition: StateDefinition): Fault[] {
  const { id, sls, place } = step
  const full = `${step.module}.${step.function}`
  const missing = missingArguments(step, definition).map(name => {
    const message = `Missing parameter ${name} for state ${full} of ID '${id}' in SLS '${sls}'`
    const advice = `Write \`- ${name}: …\`: ${definition.arguments[name]?.does ?? ''}`
    return fault('argument', message, { sls, place, advice, doubt: true })
  })
  const unknown = unknownArguments(step, definition).map(name => {
    const near = nearest(name, [...Object.keys(definition.arguments), ...requisiteWords])
    const advice = near ? `Did you mean '${near}'?` : `Known are ${Object.keys(definition.arguments).join(', ')}.`
    const message = `'${name}' is no argument of ${full} (ID '${id}' in SLS '${sls}')`
    return fault('argument', message, { sls, place, advice, doubt: true })
  })
  return [...missing, ...unknown, ...misspeltRequisites(step, definition)]
}

/** A state that takes any argument takes `requires:` too, and the requirement would be lost without a word. */
function misspeltRequisites(step: Step, definition: StateDefinition): Fault[] {
  if (!definition.otherArguments) return []
  const { id, sls, place } = step
  return [...step.arguments].flatMap(([key, value]) => {
    const name = String(key)
    if (!Array.isArray(value) || Object.hasOwn(definition.arguments, name) || engineWords.has(name)) return []
    const meant = [...requisiteWords].find(word => word.length >= 5 && isSlip(name, word))
    if (meant === undefined) return []
    const message = `'${name}' is no requisite (ID '${id}' in SLS '${sls}')`
    return [fault('requisite', message, { sls, place, advice: `Did you mean '${meant}'?`, doubt: true })]
  })
}

function keyOf(step: Step): string {
  return `${step.module}.${step.function}`
}
