/** Where state files run: in this process, or, those of a developer's own tree, in one that has the developer's rights. */

import { settingOf } from '../configuration/settings/index.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { developerOf, statesAsRoot } from '../project/developer.ts'
import { applyStates, renderStates, type Shown, type StatesInput, showStates } from '../salt/apply.ts'
import type { Dict } from '../salt/python/dict.ts'
import { isRoot } from '../shell/account.ts'
import { runSalt, type SaltAnswer, type SaltRun } from './installed-salt.ts'

export interface Engine {
  readonly apply: typeof applyStates
  readonly render: typeof renderStates
  readonly show: (input: StatesInput) => Promise<Shown>
  readonly salt: (run: SaltRun) => Promise<SaltAnswer>
  /** What is told where a state failed: whose rights they have, and the way out. */
  readonly hint: string | null
}

export const ownEngine: Engine = {
  apply: applyStates,
  render: renderStates,
  show: showStates,
  salt: runSalt,
  hint: null,
}

/** Whether the state files that are worked on are a developer's, and run with the developer's rights. */
const isDevelopers = (layout: ProjectLayout, cfg: Dict): boolean =>
  isRoot() && settingOf(cfg, 'mode') === 'editable' && !statesAsRoot(layout)

/** Throws ACCOUNT_FAILED. */
export async function engineFor(
  world: Parameters<typeof import('./as-developer.ts').developerEngine>[0],
): Promise<Engine> {
  if (!isDevelopers(world.layout, world.cfg)) return ownEngine
  const { developerEngine } = await import('./as-developer.ts')
  developerOf(world.layout)
  return developerEngine(world)
}
