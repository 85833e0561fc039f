/** An application as its own programs would find it: its folder, its variables, and what is on its PATH. */
import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ModeName } from '../configuration/platform.ts'
import type { Emit } from '../kernel/events.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { applicationPath, filesIn } from '../project/application-path.ts'
import type { ReleaseEnvironment } from '../project/variables.ts'
import type { Dict } from '../salt/python/dict.ts'
import { isRoot } from '../shell/account.ts'
import { type Account, type Command, type Shell, textOf } from '../shell/shell.ts'
import { applicationEnvironment } from './application-environment.ts'

/** Outside of a deployment (a check) there is neither account nor mode. */
export interface ApplicationWorld {
  readonly layout: ProjectLayout
  readonly cfg: Dict
  readonly account?: Account | null
  readonly mode?: ModeName
  readonly emit?: Emit
  readonly environment?: ReleaseEnvironment
  /** Folder of the installers that come with corpus. */
  readonly installers?: string
  /** Only looked at: what a function would save, it does not. */
  readonly rehearsal?: boolean
}

/** What the application's folder has. */
export const filesOf = (world: Pick<ApplicationWorld, 'layout' | 'cfg'>) => filesIn(folderOf(world), world.cfg)

export const folderOf = ({ layout, cfg }: Pick<ApplicationWorld, 'layout' | 'cfg'>): string =>
  join(treeOf(layout), applicationPath(cfg))

/** The release's own folder, by the name that it keeps: what a build writes down stays true. */
export const treeOf = (layout: ProjectLayout): string =>
  existsSync(layout.project) ? realpathSync(layout.project) : layout.project

/** State files are text: a value that is no UTF-8 reaches processes and the release line alone. */
export function environmentOf({ layout, cfg, account = null, environment }: ApplicationWorld): Record<string, string> {
  const all = applicationEnvironment(
    { layout, cfg, account, ...(environment && { environment }) },
    folderOf({ layout, cfg }),
  )
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/**
 * What a program says that the application would find; null where that failed. The first folders of its PATH are the tree's: so it
 * is run as the account, and where none is known, root runs none.
 */
export function answerOf(world: ApplicationWorld, shell: Shell, argv: Command['argv']): string | null {
  const { account = null } = world
  if (account === null && isRoot()) return null
  const user = account === null ? {} : { user: account }
  const ended = shell.runSync({ argv, env: environmentOf(world), timeoutSeconds: 20, ...user })
  return ended.status === 0 ? textOf(ended.stdout).trim() : null
}

/** Whether a folder of a PATH has such a program. */
export const isOnPath = (name: string, path: string): boolean =>
  path.split(':').some(folder => isProgram(join(folder, name)))

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
