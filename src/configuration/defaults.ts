/** The lowest layer of a project's configuration: what holds when nobody says anything. */
import type { ProjectName } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { settings } from './settings/index.ts'

/** What is fixed before any layer is read: nobody's pillar may move a project's folders or change its name. */
export interface Fixed {
  readonly name: ProjectName
  /** Paths that state files read, by the name they know them by: `project_root`, `data_root`, … */
  readonly paths: Readonly<Record<string, string>>
  /** The account and the group of the project's own, where they are not named for it. */
  readonly account?: { readonly user: string; readonly group: string }
}

export function builtInDefaults(fixed: Fixed): Dict {
  const layer = Dict.of({ ...fixedKeys(fixed) })
  for (const [key, { layered }] of Object.entries(settings)) if (layered) layer.set(key, layered())
  if (fixed.account) layer.set('user', fixed.account.user).set('group', fixed.account.group)
  return layer
}

export function fixedKeys(fixed: Fixed): Record<string, Value> {
  return { name: fixed.name, ...fixed.paths }
}
