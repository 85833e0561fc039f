/** The lowest layer of a project's configuration: what holds when nobody says anything. */
import type { ProjectName } from '../kernel/names.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

/** What is fixed before any layer is read: nobody's pillar may move a project's folders or change its name. */
export interface Fixed {
  readonly name: ProjectName
  /** Paths that state files read, by the name they know them by: `project_root`, `data_root`, … */
  readonly paths: Readonly<Record<string, string>>
  /** The account and the group of the project's own, where they are not named for it. */
  readonly account?: { readonly user: string; readonly group: string }
}

export function builtInDefaults(fixed: Fixed): Dict {
  return Dict.of({
    ...fixedKeys(fixed),
    api_version: 2,
    installer: 'auto',
    default_env: 'dev',
    mode: null,
    deploy_branch: ['master', 'main'],
    user: fixed.account?.user ?? '{name}-user',
    group: fixed.account?.group ?? '{name}-grp',
    keep_archives: 3,
    downtime: false,
    full: true,
    origin: null,
    pillar_origin: null,
    release_artifacts_urls: [],
    artifacts_without_digest: false,
    domains: [],
    data: new Dict(),
    env_defaults: new Dict(),
    os_defaults: new Dict(),
  })
}

export function fixedKeys(fixed: Fixed): Record<string, Value> {
  return { name: fixed.name, ...fixed.paths }
}
