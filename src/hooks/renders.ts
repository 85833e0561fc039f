/** Whether what is pushed renders: asked before it lands. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectsOfPillar, resolveConfiguration } from '../configuration/resolve.ts'
import { readSaved } from '../configuration/saved.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { checkGates } from '../deployment/gates.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { applicationPath } from '../project/application-path.ts'
import { installerFolders, loadConfiguration } from '../project/configuration.ts'
import { findInstaller, type InstallerFolders } from '../project/installer.ts'
import { refuseLinksAway } from '../project/links-away.ts'
import { linkLeadingOut } from '../project/links-out.ts'
import { readPushedPillar } from '../project/pillar.ts'
import { refuseOddApplication, witnessOf } from '../project/recognised.ts'
import { refuseOddSalt } from '../project/salt-folder.ts'
import { treeInUse } from '../project/tree.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { localShell } from '../shell/local.ts'

/** Returns what cannot be known before it is deployed, a sentence each. Throws PILLAR_INVALID, CONFIGURATION_INVALID, INSTALLER_UNKNOWN, NOTIFICATION_INVALID, DATA_INVALID, BACKUP_INVALID, GATES_INVALID. */
export async function checkPillar(layout: ProjectLayout, folder: string, installers: string): Promise<string[]> {
  const link = linkLeadingOut(join(folder, 'files'), '.')
  if (link !== null) throw new CorpusError('PILLAR_INVALID', `${link}.`)
  const { data: pillar, unknown } = await readPushedPillar(join(folder, 'files'), layout.name)
  if (unknown.length > 0) return unknown
  refuseAnothers(layout, pillar)
  const fixed = { name: layout.name, paths: {} }
  const { settings } = readSaved(layout.savedConfiguration)
  const configuration = resolveConfiguration({ fixed, pillar, saved: settings })
  const folders = {
    official: installers,
    extra: join(layout.root, 'corpus', 'installers'),
    salt: treeInUse(layout).salt,
  }
  await checkInstaller(configuration, folders)
  await checkMeans(configuration, layout)
  // What a saved setting hides today shows again when that is unset: it is looked at all the same.
  const hidden = ['mode', 'api_version', 'installer'].filter(key => settings.has(key))
  if (hidden.length === 0) return []
  const bare = new Dict()
  for (const [key, value] of settings) if (!hidden.includes(String(key))) bare.set(key, value)
  await checkInstaller(resolveConfiguration({ fixed, pillar, saved: bare }), folders)
  return []
}

/** Sections of others may stand beside its own; alone they are of no effect here, and surely meant for another repository. */
function refuseAnothers({ name }: ProjectLayout, pillar: Value): void {
  const named = projectsOfPillar(pillar)
  if (named.length === 0 || named.includes(name)) return
  throw new CorpusError(
    'PILLAR_INVALID',
    `This is the pillar of ${name}, and what was pushed has settings of ${named.join(', ')} alone.`,
  )
}

/** `auto` asks the tree that is deployed. */
async function checkInstaller(configuration: Dict, folders: InstallerFolders): Promise<void> {
  const named = settingOf(configuration, 'installer')
  if (named !== 'auto') await findInstaller(named, folders)
}

/** What is read only when a deployment begins or has ended, or data is kept, would else be found wrong when it is needed. */
async function checkMeans(configuration: Dict, layout: ProjectLayout): Promise<void> {
  await checkGates(configuration)
  const notifications = settingOf(configuration, 'notifications')
  if (notifications) (await import('../notify/means.ts')).meansOf(notifications)
  const archives = settingOf(configuration, 'data_archives')
  if (archives) (await import('../backups/declared.ts')).dataItems(archives)
  const backup = settingOf(configuration, 'backup')
  if (!backup) return
  const { backupTarget, refuseOthersFolder } = await import('../backups/target.ts')
  const target = backupTarget(backup, layout.own)
  if (target) refuseOthersFolder(target)
  if (target?.schedule) (await import('../services/schedule.ts')).parseSchedule(target.schedule)
}

export interface PushedTree {
  readonly files: TreeFiles
  /** It is not to be deployed. */
  readonly stored: boolean
  readonly commit: string
  /** Variables with which git finds what waits in quarantine. */
  readonly waits: Readonly<Record<string, string>>
}

/**
 * `unknown`: what cannot be known before it is deployed; `witness`: the name in the folder `path` that told what it is. Throws STATES_INVALID with every fault (file, line, column, and what to write instead),
 * INSTALLER_UNDETECTED, APPLICATION_INVALID, PROCFILE_INVALID, BUNDLE_REFUSED.
 */
export async function checkTree(
  layout: ProjectLayout,
  folder: string,
  installers: string,
  { files, stored, commit, waits }: PushedTree,
): Promise<{ unknown: string[]; witness: string; path: string }> {
  const salt = join(folder, 'files', '.salt')
  refuseOddSalt(salt)
  const read = await loadConfiguration(layout, { files, salt }, installers)
  const isLoose = stored || settingOf(read.cfg, 'mode') === 'editable'
  const wanted = isLoose ? { ...read, undetected: false } : read
  await refuseOddApplication(wanted, files, installerFolders(layout, salt, installers))
  if (!stored) refuseLinksAway({ layout, shell: localShell, mode: settingOf(read.cfg, 'mode') }, commit, waits)
  const witness = isLoose && read.undetected ? '?' : witnessOf(read.cfg)
  const path = applicationPath(read.cfg)
  if (!existsSync(salt)) return { unknown: [], witness, path }
  const { checkProjectStates } = await import('../statefiles/apply.ts')
  return { unknown: await checkProjectStates(layout, salt, installers, read), witness, path }
}
