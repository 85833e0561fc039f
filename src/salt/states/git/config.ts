/** git.config_set and git.config_unset: keys of git's configuration. */

import { type Arguments, defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { type Repository, repository } from './repository.ts'

const shared: Arguments = {
  repo: { does: 'The repository; not needed with global.', type: 'path' },
  user: { does: 'The account that git runs as.', type: 'text' },
  password: { does: 'Accepted.', type: 'text' },
  output_encoding: { does: 'Accepted.', type: 'text' },
  global: { does: "The account's own configuration.", type: 'boolean', default: false },
}

export const configSet = defineState({
  does: 'Gives a key of the configuration its value or values.',
  arguments: {
    value: { does: 'The value.', type: 'text' },
    multivar: { does: 'Several values.', type: 'text or list' },
    ...shared,
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runSet,
})

export const configUnset = defineState({
  does: 'Takes a key, or keys that match a pattern, out of the configuration.',
  arguments: {
    value_regex: { does: 'Only values that this matches.', type: 'text' },
    all: { does: 'All values of a key that has several.', type: 'boolean', default: false },
    ...shared,
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runUnset,
})

interface Configuration {
  readonly repo: Repository
  readonly scope: readonly string[]
}

function configuration(call: StateCall): Configuration | string {
  const { args, tools } = call
  const global = args.flag('global')
  const folder = args.textOrNone('repo')
  if (!global && !folder) return "Non-global config options require the 'repo' argument to be set"
  const cwd = folder ?? undefined
  const repo = repository(tools, { cwd, user: args.textOrNone('user') })
  return { repo, scope: [global ? '--global' : '--local'] }
}

async function valuesOf({ repo, scope }: Configuration, key: string): Promise<string[] | null> {
  const found = await repo.tryAsk('config', ...scope, '--get-all', '-z', key)
  return found === null ? null : found.split('\0').slice(0, -1)
}

async function runSet(call: StateCall): Promise<StateReturn> {
  const { args, name, test } = call
  const [value, several] = [args.textOrNone('value'), args.value('multivar')]
  if (value !== null && several !== null) return failed("Only one of 'value' and 'multivar' is permitted")
  const wanted = value === null ? args.texts('multivar').flatMap(text => text.split(',')) : [value]
  const config = configuration(call)
  if (typeof config === 'string') return failed(config)
  const label = `${args.flag('global') ? 'Global key ' : ''}'${name}'`
  const shown = value === null ? `[${wanted.map(one => `'${one}'`).join(', ')}]` : `'${value}'`
  const before = await valuesOf(config, name)
  if (before && before.length === wanted.length && before.every((one, index) => one === wanted[index]))
    return succeeded(`${label} is already set to ${shown}`)
  const action = before === null ? 'added as' : 'set to'
  const changes = Dict.of([[name, Dict.of({ old: before as Value, new: [...wanted] })]])
  if (test) return wouldChange(`${label} would be ${action} ${shown}`, changes)
  try {
    const [first = '', ...rest] = wanted
    await config.repo.ask('config', ...config.scope, '--replace-all', name, first)
    for (const one of rest) await config.repo.ask('config', ...config.scope, '--add', name, one)
  } catch (error) {
    call.tools.signal?.throwIfAborted()
    return failed(`Failed to set ${label} to ${shown}: ${(error as Error).message}`)
  }
  return succeeded(`${label} was ${action} ${shown}`, changes)
}

async function runUnset(call: StateCall): Promise<StateReturn> {
  const { args, name, test } = call
  const config = configuration(call)
  if (typeof config === 'string') return failed(config)
  const pattern = `^${name.replace(/^\^|\$$/g, '')}$`
  const { repo, scope } = config
  const found = (await repo.tryAsk('config', ...scope, '--name-only', '-z', '--get-regexp', pattern)) ?? ''
  const keys = [...new Set(found.split('\0').filter(key => key !== ''))]
  const changes = new Dict()
  for (const key of keys) {
    const values = matching((await valuesOf(config, key)) ?? [], args.textOrNone('value_regex'))
    if (values.length > 1 && !args.flag('all'))
      return failed(`Multiple values are set for key '${key}'. Set 'all' to True to remove them all`)
    if (values.length) changes.set(key, Dict.of({ old: values, new: [] }))
  }
  if (changes.size === 0) return succeeded('No matching keys are set')
  const told = [...changes.keys()].map(key => `'${textOf(key)}'`).join(', ')
  if (test) return wouldChange(`The following keys would be unset: ${told}`, changes)
  for (const key of changes.keys()) {
    const values = args.textOrNone('value_regex')
    await repo.ask('config', ...scope, '--unset-all', textOf(key), ...(values ? [values] : []))
  }
  return succeeded(`The following keys were unset: ${told}`, changes)
}

function matching(values: readonly string[], pattern: string | null): string[] {
  if (!pattern) return [...values]
  const regex = new RegExp(pattern)
  return values.filter(value => regex.test(value))
}
