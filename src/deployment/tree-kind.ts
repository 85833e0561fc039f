/** Whether a release's tree may share files with the one before by hard links, or needs files of its own. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import type { CopyKind } from '../git/prepared-tree.ts'
import { inFolder, namesBelow, textBelow } from '../kernel/beneath.ts'
import { isMissing } from '../kernel/files.ts'
import { knownText } from '../kernel/known-texts.ts'
import { largestText, subtree } from '../kernel/tree-files.ts'
import { applicationPath } from '../project/application-path.ts'
import { hasWork, isOursAlone } from '../project/has-work.ts'
import type { ProjectTree } from '../project/tree.ts'
import type { Deployment } from './deployment.ts'
import { declaresProcesses } from './processes.ts'

/**
 * A command that writes into a linked file in place would change the older release too. So a tree is linked only where
 * nothing runs on it: no process, and no state file with anything in it. `tree: linked` or `tree: copied` in the
 * configuration decides otherwise.
 */
export function treeKind(
  deployment: Pick<Deployment, 'cfg' | 'installer' | 'mode' | 'foldersWithWork'>,
  { files, salt }: ProjectTree,
): CopyKind {
  const { cfg, installer, foldersWithWork } = deployment
  const asked = settingOf(cfg, 'tree')
  if (asked === 'linked' || asked === 'copied') return asked
  if (declaresProcesses(deployment, subtree(files, applicationPath(cfg))) || isSynced(deployment)) return 'copied'
  const hasWorkAt = (folder: string, isOurs: boolean) => anyWork(folder, isOurs, foldersWithWork)
  return hasWorkAt(salt, isOursAlone(salt)) || hasWorkAt(installer.folder, !installer.isForeign) ? 'copied' : 'linked'
}

/** A tree that is made from archives gets their times and permissions, in place. */
function isSynced({ cfg, mode }: Pick<Deployment, 'cfg' | 'mode'>): boolean {
  const urls = settingOf(cfg, 'release_artifacts_urls')
  return mode === 'final' && Array.isArray(urls) && urls.length > 0
}

/** `isOurs`: nobody else writes there, so that files are what they were as long as they have their times. */
function anyWork(folder: string, isOurs: boolean, known: Map<string, boolean>): boolean {
  const before = known.get(folder)
  if (before !== undefined) return before
  const found = isOurs ? anyWorkOfOurs(folder) : anyWorkOfOthers(folder)
  known.set(folder, found)
  return found
}

function anyWorkOfOurs(folder: string): boolean {
  const isAny = (at: string) =>
    namesIfThere(at).some(name => name.endsWith('.sls') && hasWork(knownText(join(at, name)) ?? ''))
  return isAny(folder) || isAny(join(folder, 'upgrades'))
}

function namesIfThere(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function anyWorkOfOthers(folder: string): boolean {
  const found = inFolder(folder, at => {
    const hasWorkAt = (name: string) => name.endsWith('.sls') && hasWork(textBelow(at, name, largestText) ?? '')
    return namesBelow(at).some(hasWorkAt) || namesBelow(at, 'upgrades').some(name => hasWorkAt(`upgrades/${name}`))
  })
  return found ?? false
}
