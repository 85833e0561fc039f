/** Whether what is deployed can be: a tree that nothing is known of, or whose own files contradict themselves, is refused. */

import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { subtree, type TreeFiles } from '../kernel/tree-files.ts'
import type { Dict } from '../salt/python/dict.ts'
import { parseProcfile, refuseEmpty } from '../services/procfile.ts'
import { applicationPath } from './application-path.ts'
import type { FreshConfiguration } from './configuration.ts'
import { undetected } from './detection.ts'
import type { InstallerFolders } from './installer.ts'
import { runsProcfile } from './installer.ts'

/** Throws INSTALLER_UNDETECTED, ENGINE_MISSING, APPLICATION_INVALID, PROCFILE_INVALID. */
export async function refuseOddApplication(
  read: FreshConfiguration,
  whole: TreeFiles,
  folders: InstallerFolders,
): Promise<void> {
  const path = applicationPath(read.cfg)
  const files = subtree(whole, path)
  if (path !== '' && files.names().length === 0)
    throw new CorpusError(
      'APPLICATION_INVALID',
      `There is no folder ${shown(path)} in the repository, which \`path\` names.`,
    )
  if (read.undetected) throw await undetected(folders, whole, path)
  if (read.lacksEngine)
    throw new CorpusError('ENGINE_MISSING', 'This is to run in a container, and no container engine is installed here.')
  const [fault] = read.found.faults
  if (fault !== undefined) throw new CorpusError('APPLICATION_INVALID', fault, { detail: read.found.faults.join('\n') })
  const procfile = runsProcfile(read) ? files.text('Procfile') : undefined
  if (procfile !== undefined) refuseEmpty(parseProcfile(procfile))
}

/** What was chosen and found, for those who push. */
export function whatWasFound({ cfg, found }: FreshConfiguration): { chosen: string | null; notices: string[] } {
  const chosen = cfg.get('installer_chosen')
  const assets = settingOf(cfg, 'assets')
  const beside =
    Array.isArray(assets) && assets.length > 0 ? `; assets are built by ${assets.map(String).join(', ')}` : ''
  return { chosen: typeof chosen === 'string' ? `installer: ${chosen}${beside}` : null, notices: [...found.notices] }
}

/** The name at the top of what is deployed that told which installer it is for: `-` where that depends on no name. */
export function witnessOf(cfg: Dict): string {
  const because = / because of (.+)$/.exec(String(cfg.get('installer_chosen') ?? ''))?.[1] ?? '-'
  return because.split('/')[0] ?? '-'
}
