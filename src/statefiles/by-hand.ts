/** The state files of a project outside of a deployment: asked for by a person, or tried for a plan. */

import type { ModeName } from '../configuration/platform.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { keepFindings } from '../deployment/configuration.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { currentRelease, readRecord } from '../pipeline/history.ts'
import { accountOf, homedShell } from '../project/account.ts'
import { loadConfiguration } from '../project/configuration.ts'
import { ownerOfTree } from '../project/developer.ts'
import { hasWorkIn, namesOfStates } from '../project/has-work.ts'
import type { Installer } from '../project/installer.ts'
import type { ProjectTree } from '../project/tree.ts'
import { currentEnvironment } from '../project/variables.ts'
import type { StatesInput } from '../salt/apply.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Shell } from '../shell/shell.ts'
import { factsOutside, inputOf, limitsOf, movedInstaller, refuseForeign, runsAsRoot } from './apply.ts'
import { type Engine, engineFor, ownEngine } from './engine.ts'
import { projectFunctions } from './functions.ts'
import { numberedFiles } from './numbered.ts'
import { copyOfSalt } from './salt-copy.ts'

export interface ByHand {
  readonly layout: ProjectLayout
  /** The tree whose `.salt` is meant. */
  readonly tree: ProjectTree
  readonly installers: string
  readonly shell: Shell
  readonly by: string
  /** Nothing is changed, nothing is saved. */
  readonly rehearsal: boolean
}

export interface ProjectStates {
  readonly salt: string
  readonly mode: ModeName
  readonly cfg: Dict
  readonly installer: Installer
  readonly input: Omit<StatesInput, 'sls'>
  readonly engine: Engine
  /** Takes away what was made to run them. */
  close(): void
}

export async function projectStates(asked: ByHand): Promise<ProjectStates> {
  const { layout, tree, installers, shell, by, rehearsal } = asked
  const loaded = await loadConfiguration(layout, tree, installers)
  const { cfg } = loaded
  const mode = settingOf(cfg, 'mode') as ModeName
  // Before the first release there is none of root's; the clone that stands there may be somebody's.
  if (mode !== 'editable' && tree.salt.startsWith(`${layout.editableTree}/`) && ownerOfTree(layout) !== null)
    throw new CorpusError('NOTHING_TO_DEPLOY', `Nothing was deployed of ${layout.name} yet.`)
  const copy = runsAsRoot({ layout, mode }) ? copyOfSalt(layout) : null
  const salt = copy?.salt ?? tree.salt
  const installer = movedInstaller(loaded.installer, tree.salt, copy?.salt)
  const current = currentRelease(layout)
  keepFindings({ layout, cfg, installer, previous: current === null ? null : (readRecord(layout, current) ?? null) })
  const account = accountOf(cfg)
  const environment = currentEnvironment(layout)
  const input = {
    ...inputOf(layout, salt, installers, installer),
    opts: Dict.of({ project: layout.name, deployment: factsOutside(mode, 'states', by) }),
    ...limitsOf(cfg),
    shell: homedShell(shell, layout),
    cfg,
    test: rehearsal,
    functions: projectFunctions({ layout, cfg, account, mode, environment, rehearsal }),
  }
  const engine = await engineFor({ layout, cfg, installer, mode, environment, installers, shell, rehearsal })
  if (engine === ownEngine) refuseForeign(input.fileRoots, input.includeRoots ?? new Map(), installers)
  return { salt, mode, cfg, installer, input, engine, close: () => copy?.remove() }
}

/** What `corpus states apply NAME` runs: top.sls where there is one (standalone.sls with `full: false`), else every numbered file. */
export function filesByHand({ salt, cfg }: Pick<ProjectStates, 'salt' | 'cfg'>): (readonly string[] | 'highstate')[] {
  if (settingOf(cfg, 'full') === false && namesOfStates(salt).includes('standalone.sls')) return [['standalone']]
  if (namesOfStates(salt).includes('top.sls')) return ['highstate']
  return numberedFiles(salt)
    .filter(name => hasWorkIn(salt, name))
    .map(name => [name])
}
