/** The folder of a repository that is deployed: `path: apps/web`, with `shared_paths` that it needs. The rest may change as it likes. */
import { settingOf } from '../configuration/settings/index.ts'
import { gitIn } from '../git/git.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { folderFiles, subtree, type TreeFiles } from '../kernel/tree-files.ts'
import type { Dict } from '../salt/python/dict.ts'
import { type Shell, textOf } from '../shell/shell.ts'

/** '' is the repository itself. */
export function applicationPath(cfg: Dict): string {
  const path = settingOf(cfg, 'path')
  return typeof path === 'string' ? plainPath(path) : ''
}

const plainPath = (text: string): string =>
  text
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/')

/** The tree that an application's folder is in. */
export function topOf(folder: string, cfg: Dict): string {
  const path = applicationPath(cfg)
  return path === '' ? folder : folder.slice(0, -path.length - 1)
}

/** What an application's folder has, looked for from the top of the tree on: a link on the way there is no folder. */
export const filesIn = (folder: string, cfg: Dict): TreeFiles =>
  subtree(folderFiles(topOf(folder, cfg)), applicationPath(cfg))

/** Whether two commits have the same in the application's folder and in those that it shares; false without a `path`. */
export async function isSameBelow(
  { cfg, layout, shell }: { readonly cfg: Dict; readonly layout: ProjectLayout; readonly shell: Shell },
  before: string,
  after: string,
): Promise<boolean> {
  const path = applicationPath(cfg)
  if (path === '') return false
  const shared = settingOf(cfg, 'shared_paths')
  // State files may do anything with the rest, and they stand at the top.
  const names = [path, '.salt', ...(Array.isArray(shared) ? shared.map(one => plainPath(String(one))) : [])]
  const args = ['diff-tree', '-r', '--quiet', before, after, '--', ...names.map(name => `:(top,literal)${name}`)]
  const ended = await gitIn(shell, { gitDir: layout.projectGit }).outcome(args)
  return ended.status === 0 && textOf(ended.stderr) === ''
}
