/** All execution functions of a run as one table, and the `salt` that templates see. */

import type { FunctionDefinition } from '../definition/define.ts'
import { executionError, StateException } from '../definition/exceptions.ts'
import { loadFunctionModules } from '../definition/function-registry.ts'
import { callable } from '../python/call.ts'
import type { Foreign, Keywords, Value } from '../python/value.ts'
import { bind } from './bind.ts'
import type { FunctionTools, NamedValues } from './tools.ts'

export interface Functions {
  /** Must have ended before `call`, `has` and `salt` are used: what templates call cannot be waited for. */
  load(): Promise<void>
  call(name: string, args?: readonly Value[], keywords?: NamedValues): Value
  has(name: string): boolean
  find(name: string): FunctionDefinition | undefined
  names(): readonly string[]
  readonly salt: Foreign
}

/**
 * `injected` are functions of the caller's own by full name (`mc_project.get_configuration`); they win. With `holdBack`,
 * functions that act are not called: it is told their names.
 */
export function createFunctions(
  tools: () => FunctionTools,
  injected: Readonly<Record<string, FunctionDefinition>> = {},
  holdBack?: (name: string) => void,
): Functions {
  const table = new Map<string, FunctionDefinition>()
  let loading: Promise<void> | undefined
  const call = (name: string, positional: readonly Value[] = [], keywords: NamedValues = new Map()): Value => {
    const definition = table.get(name)
    if (!definition) throw new StateException('KeyError', `'${name}'`)
    const bare = name.slice(name.indexOf('.') + 1)
    const args = bind(bare, definition, positional, keywordsOf(keywords))
    if (holdBack && (typeof definition.acts === 'function' ? definition.acts(args) : definition.acts)) {
      holdBack(name)
      throw executionError(`${name} is not called by a check`)
    }
    return definition.call({ name, args, tools: tools() })
  }
  const functions: Functions = {
    load: () => {
      loading ??= loadAll(table, injected)
      return loading
    },
    call,
    has: name => table.has(name),
    find: name => table.get(name),
    names: () => [...table.keys()].sort(),
    salt: saltOf(table, call),
  }
  return functions
}

async function loadAll(
  table: Map<string, FunctionDefinition>,
  injected: Readonly<Record<string, FunctionDefinition>>,
): Promise<void> {
  for (const [module, functions] of Object.entries(await loadFunctionModules()))
    for (const [name, definition] of Object.entries(functions)) table.set(`${module}.${name}`, definition)
  for (const [name, definition] of Object.entries(injected)) table.set(name, definition)
}

/** `salt['cmd.run'](…)`, `salt.cmd.run(…)`, `'cmd.run' in salt`, `salt.get(name, default)`. */
function saltOf(
  table: ReadonlyMap<string, FunctionDefinition>,
  call: (name: string, args: readonly Value[], keywords: Keywords) => Value,
): Foreign {
  const named = (name: string): Foreign | undefined =>
    table.has(name) ? callable(name, (args, keywords) => call(name, args, keywords)) : undefined
  const moduleNamed = (module: string): Foreign | undefined =>
    [...table.keys()].some(name => name.startsWith(`${module}.`))
      ? { pyType: 'salt.loader.lazy.LoadedMod', pyGet: name => named(`${module}.${name}`) }
      : undefined
  const get = callable('get', ([name, otherwise = null]) => named(String(name)) ?? otherwise)
  return {
    pyType: 'salt.utils.templates.AliasedLoader',
    pyItem: key => (typeof key === 'string' ? (named(key) ?? moduleNamed(key)) : undefined),
    pyGet: name => moduleNamed(name) ?? (name === 'get' ? get : undefined),
    pyContains: item => typeof item === 'string' && table.has(item),
    pyIterate: () => [...table.keys()].sort(),
    pyLength: () => table.size,
    pyTruth: () => true,
  }
}

function keywordsOf(keywords: NamedValues): Keywords {
  return keywords instanceof Map ? keywords : new Map(Object.entries(keywords as Record<string, Value>))
}
