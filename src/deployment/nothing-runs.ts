/** For a deployment that ended well with nothing to show for it: nothing runs and nothing is served. */
import { settingOf } from '../configuration/settings/index.ts'
import { folderFiles, type TreeFiles } from '../kernel/tree-files.ts'
import { hasStateFiles } from '../project/detection.ts'
import { Dict } from '../salt/python/dict.ts'
import { applicationFolder, type Deployment, note, workedOn } from './deployment.ts'
import { declarationsOf } from './processes.ts'
import { saltFolderOf } from './release-salt.ts'
import { hasSite } from './site-wanted.ts'

/** Whether the tree might be linked has been asked of the same files before: where they say nothing, they need not be read again. */
function doStatesWork(deployment: Deployment, files: TreeFiles): boolean {
  const salt = saltFolderOf(deployment)
  return (salt === null || deployment.foldersWithWork.get(salt) !== false) && hasStateFiles(files)
}

/** A notice that stands out, with what would start something; none where state files do the work, or nothing is wanted by name. */
export function tellWhereNothingRuns(deployment: Deployment): void {
  const { cfg, layout, installer } = deployment
  if (!deployment.activated || deployment.tree === null) return
  const tree = applicationFolder(deployment)
  const files = folderFiles(workedOn(deployment))
  if (hasSite(layout) || declarationsOf(deployment, tree).length > 0) return
  const schedule = settingOf(cfg, 'schedule')
  const domains = settingOf(cfg, 'domains')
  const hasDomains = Array.isArray(domains) && domains.length > 0
  if ((schedule instanceof Dict && schedule.size > 0) || (!hasDomains && doStatesWork(deployment, files))) return
  const scaled = settingOf(cfg, 'scale')
  const start =
    scaled instanceof Dict && scaled.size > 0
      ? 'every process is scaled to 0: corpus ps NAME scale web=1 starts one'
      : `a Procfile with a line \`web: COMMAND\` starts a process${installer.name === 'nodejs' ? ', and so does a start script in package.json' : ''}; corpus config set ${layout.name} ingress.static=. serves the files`
  note(deployment, `NOTHING RUNS and nothing is served: ${start.replace('NAME', layout.name)}`, 'warning')
  if (hasDomains) note(deployment, `${domains.map(String).join(', ')}: nothing answers there`, 'warning')
}
