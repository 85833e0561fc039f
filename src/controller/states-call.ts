/** One call of the state engine, as `salt-call` makes it. */

import type { StatesInput } from '../salt/apply.ts'
import { Dict } from '../salt/python/dict.ts'
import { readJson } from '../salt/python/json.ts'
import type { Value } from '../salt/python/value.ts'
import type { Shell } from '../shell/shell.ts'

/** Mappings are texts of JSON. */
export interface StatesCall {
  /** `state.sls`. */
  readonly name: string
  readonly words: readonly string[]
  readonly test: boolean
  readonly file_root?: string | undefined
  readonly pillar_root?: string | undefined
  readonly pillar?: string | undefined
  readonly grains?: string | undefined
  readonly config?: string | undefined
  readonly cfg?: string | undefined
  readonly work?: string | undefined
}

/** What the engine answers, and the status that `salt-call` would end with. */
export async function callStates(
  asked: { readonly shell: Shell },
  call: StatesCall,
): Promise<{ readonly value: Value; readonly exit: number }> {
  const { callEngine } = await import('../salt/runner/call-engine.ts')
  return callEngine(call.name, [...call.words], inputOf(asked.shell, call))
}

function inputOf(shell: Shell, call: StatesCall): Omit<StatesInput, 'sls'> {
  const given = {
    pillar: mappingOf(call.pillar),
    grains: mappingOf(call.grains),
    opts: mappingOf(call.config),
    cfg: mappingOf(call.cfg),
    work: call.work,
  }
  return {
    shell,
    fileRoots: list(call.file_root),
    pillarRoots: list(call.pillar_root),
    test: call.test,
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Partial<StatesInput>),
  }
}

function mappingOf(text: string | undefined): Dict | undefined {
  if (text === undefined) return undefined
  const value: Value = readJson(text)
  return value instanceof Dict ? value : new Dict()
}

function list(folder: string | undefined): string[] {
  return folder === undefined ? [] : [folder]
}
