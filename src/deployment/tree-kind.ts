/** Whether a release's tree may share files with the one before by hard links, or needs files of its own. */
import type { CopyKind } from '../git/spare.ts'
import { inFolder, namesBelow, textBelow } from '../kernel/beneath.ts'
import { largestText, subtree } from '../kernel/tree-files.ts'
import { applicationPath } from '../project/application-path.ts'
import { hasWork } from '../project/has-work.ts'
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
  const asked = cfg.get('tree')
  if (asked === 'linked' || asked === 'copied') return asked
  if (declaresProcesses(deployment, subtree(files, applicationPath(cfg))) || isSynced(deployment)) return 'copied'
  return [salt, installer.folder].some(folder => anyWork(folder, foldersWithWork)) ? 'copied' : 'linked'
}

/** A tree that is made from archives gets their times and permissions, in place. */
function isSynced({ cfg, mode }: Pick<Deployment, 'cfg' | 'mode'>): boolean {
  const urls = cfg.get('release_artifacts_urls')
  return mode === 'final' && Array.isArray(urls) && urls.length > 0
}

function anyWork(folder: string, known: Map<string, boolean>): boolean {
  const before = known.get(folder)
  if (before !== undefined) return before
  const found = inFolder(folder, at => {
    const hasWorkAt = (name: string) => name.endsWith('.sls') && hasWork(textBelow(at, name, largestText) ?? '')
    return namesBelow(at).some(hasWorkAt) || namesBelow(at, 'upgrades').some(name => hasWorkAt(`upgrades/${name}`))
  })
  known.set(folder, found ?? false)
  return found ?? false
}
