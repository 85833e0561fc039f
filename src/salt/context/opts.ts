/** `opts`: the options of a run as templates and config.get see them. */
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

export interface OptsInput {
  readonly id: string
  readonly test: boolean
  readonly fileRoots: readonly string[]
  readonly pillarRoots: readonly string[]
  readonly grains: Dict
  readonly cfg: Dict | undefined
  /** Options of the caller's own, such as `failhard`. */
  readonly given: Dict | undefined
  readonly scratch: string
}

export function optsOf(input: OptsInput): Dict {
  const opts = Dict.of({
    id: input.id,
    test: input.test,
    saltenv: 'base',
    pillarenv: null,
    environment: null,
    file_client: 'local',
    local: true,
    failhard: false,
    state_top: 'salt://top.sls',
    renderer: 'jinja|yaml',
    root_dir: '/',
    cachedir: input.scratch,
    state_verbose: true,
    state_output: 'full',
    top_file_merging_strategy: 'merge',
    pillar_source_merging_strategy: 'smart',
    __role: 'minion',
    file_roots: rootsDict(input.fileRoots),
    pillar_roots: rootsDict(input.pillarRoots),
    grains: input.grains,
  })
  if (input.cfg) opts.set('ms_project', input.cfg)
  for (const [key, value] of input.given ?? []) opts.set(key, value)
  return opts
}

function rootsDict(folders: readonly string[]): Value {
  return Dict.of({ base: [...folders] })
}
