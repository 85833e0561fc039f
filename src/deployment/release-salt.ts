/**
 * The state files of a release as root runs them: checked out by root, from its own repository, into a folder that nobody
 * else reaches. They stand once for each content, below `corpus/salt/.of`; a release has a link to its own.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative } from 'node:path'
import { topEntry } from '../git/commit-files.ts'
import { checkedOutput, checkoutEnvironment } from '../git/git.ts'
import { linkIfThere, linkWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { addGenerated, type Generated } from '../project/procedure-files.ts'
import { refuseOddEntry, refuseOddSalt } from '../project/salt-folder.ts'
import { emptySalt, saltOfContent, saltOfRelease } from '../project/salt-place.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import type { Deployment } from './deployment.ts'

type Place = Pick<Deployment, 'layout' | 'shell'> & Partial<Pick<Deployment, 'emit' | 'signal' | 'cfg'>>

/** The state files of what is worked on; null where nothing was deployed yet, so that there are none. */
export function saltFolderOf({ layout, mode, tree }: Pick<Deployment, 'layout' | 'mode' | 'tree'>): string | null {
  if (mode === 'editable') return join(layout.editableTree, '.salt')
  return tree === null ? null : saltOfRelease(layout, tree)
}

/** Checks out a commit's state files where they are not there yet. Returns the folder: nothing is added to it. Throws STATES_INVALID. */
export async function bringSalt(place: Place, commit: string): Promise<string> {
  const { layout, shell } = place
  const entry = await topEntry(shell, layout.projectGit, commit, '.salt')
  if (entry === null) return emptySalt(layout)
  refuseOddEntry(entry.mode)
  const known = saltOfContent(layout, entry.id)
  if (existsSync(known)) return known
  const whole = saltOfContent(layout, `${entry.id}-${commit}`)
  if (existsSync(whole)) return whole
  if (entry.mode === '160000') {
    const { fetchedAt } = await import('./submodules.ts')
    const module = await fetchedAt(place, commit, '.salt')
    return inFreshFolder(layout, known, fresh => {
      mkdirSync(join(fresh, '.salt'))
      return checkOut(shell, module.gitDir, join(fresh, '.salt'), [module.commit])
    })
  }
  const made = await inFreshFolder(layout, known, fresh =>
    checkOut(shell, layout.projectGit, fresh, ['--prefix=.salt/', entry.id]),
  )
  if (!leadsOut(made)) return made
  // They are links to other files of the project: those have to be there too.
  const all = await inFreshFolder(layout, whole, fresh => checkOut(shell, layout.projectGit, fresh, [commit]))
  rmSync(dirname(made), { recursive: true, force: true })
  return all
}

/** The release runs these, with the procedure files that are missing from them. Returns a name for their content. */
export function linkSalt(
  layout: ProjectLayout,
  release: ReleaseId,
  salt: string,
  generated: readonly Generated[] | null,
): string {
  const link = layout.saltOf(release)
  mkdirSync(dirname(link), { recursive: true, mode: 0o700 })
  const target = generated === null ? salt : withGenerated(layout, salt, generated)
  linkWhole(target.slice(dirname(link).length + 1), link)
  return contentOf(target)
}

/** The name that `linkSalt` would give the state files of a release's commit with these. */
export const generatedNameOf = (layout: ProjectLayout, release: ReleaseId, generated: readonly Generated[]): string =>
  generatedName(contentOf(saltOfRelease(layout, release)).split('.')[0] ?? '', generated)

const contentOf = (salt: string): string => basename(dirname(salt))

function generatedName(content: string, generated: readonly Generated[]): string {
  const text = generated.map(one => `${one.name}\0${one.text}\0`).join('')
  return `${content}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

/** Takes away those of releases that are gone, and the folders that no release has any more. */
export function forgetSalt(layout: ProjectLayout, isKept: (release: string) => boolean): void {
  const folder = join(layout.own, 'salt')
  if (!existsSync(folder)) return
  const used = new Set<string>()
  for (const name of readdirSync(folder)) {
    if (name === '.of' || name === 'current') continue
    const content = linkIfThere(join(folder, name))?.split('/')[1] ?? ''
    if (isKept(name)) used.add(content.split('.')[0] ?? '')
    else rmSync(join(folder, name), { recursive: true, force: true })
  }
  const contents = join(folder, '.of')
  for (const name of existsSync(contents) ? readdirSync(contents) : [])
    if (name !== 'none' && !used.has(name.split('.')[0] ?? ''))
      rmSync(join(contents, name), { recursive: true, force: true })
}

/** A content with what is missing from it, in a folder beside it. */
function withGenerated(layout: ProjectLayout, salt: string, generated: readonly Generated[]): string {
  const folder = saltOfContent(layout, generatedName(contentOf(salt), generated))
  if (existsSync(folder)) return folder
  const fresh = freshFolder(layout)
  cpSync(dirname(salt), fresh, { recursive: true, verbatimSymlinks: true })
  addGenerated(join(fresh, '.salt'), generated)
  return putInPlace(fresh, folder)
}

async function inFreshFolder(
  layout: ProjectLayout,
  salt: string,
  fill: (fresh: string) => void | Promise<void>,
): Promise<string> {
  const fresh = freshFolder(layout)
  try {
    await fill(fresh)
    refuseOddSalt(join(fresh, '.salt'))
    return putInPlace(fresh, salt)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    throw error
  }
}

function freshFolder(layout: ProjectLayout): string {
  const contents = join(layout.own, 'salt', '.of')
  mkdirSync(contents, { recursive: true, mode: 0o700 })
  return mkdtempSync(join(contents, '.new-'))
}

function putInPlace(fresh: string, salt: string): string {
  if (!existsSync(dirname(salt))) renameSync(fresh, dirname(salt))
  rmSync(fresh, { recursive: true, force: true })
  return salt
}

async function checkOut(shell: Shell, gitDir: string, folder: string, tree: readonly string[]): Promise<void> {
  const index = `${folder}.index`
  const env = { ...checkoutEnvironment(), GIT_DIR: gitDir, GIT_WORK_TREE: folder, GIT_INDEX_FILE: index }
  try {
    for (const args of [
      ['read-tree', ...tree],
      ['checkout-index', '--all', '--force'],
    ])
      checkedOutput(await shell.run({ argv: [program('git'), ...args], cwd: folder, env }), args)
  } finally {
    rmSync(index, { force: true })
  }
}

/** Whether a link in it leads to elsewhere in the project. */
function leadsOut(salt: string, top = salt): boolean {
  return readdirSync(salt, { withFileTypes: true }).some(entry => {
    const path = join(salt, entry.name)
    if (entry.isDirectory()) return leadsOut(path, top)
    if (!entry.isSymbolicLink()) return false
    const target = readlinkSync(path)
    return !isAbsolute(target) && relative(top, join(salt, target)).startsWith('..')
  })
}
