/** init: the whole layout of a project. Idempotent: repairs what is missing, never overwrites what a person changed. */

import { chmodSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copied, merged } from '../configuration/merge.ts'
import { type ModeName, modeOfPlatform } from '../configuration/platform.ts'
import { readSaved, withSettings, withSnapshot, writeSaved } from '../configuration/saved.ts'
import { settingsLayer } from '../configuration/setting.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { ensureEditableClone } from '../deployment/editable-tree.ts'
import { removeNow } from '../disk/remove.ts'
import { ensureBare, isEmptyRepository } from '../git/bare.ts'
import { checkedOutput, gitIn } from '../git/git.ts'
import { firstBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { makeFolders, textIfThere, writeWhole } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout, rootLayout } from '../kernel/layout.ts'
import { isFetchUrl, projectName, shown } from '../kernel/names.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import { modeName } from '../modes/index.ts'
import { currentRelease } from '../pipeline/history.ts'
import { refuseFolder } from '../procedures/trigger.ts'
import { loadConfiguration } from '../project/configuration.ts'
import { ensureDeveloper, ownerOfTree, treeGit } from '../project/developer.ts'
import { writeHookSettings } from '../project/hook-settings.ts'
import { bringPillar, pillarCommitOf } from '../project/pillar.ts'
import { addGeneratedToEditable } from '../project/procedure-files.ts'
import { folderTree, type ProjectTree, treeInUse } from '../project/tree.ts'
import { ensureFolders, handOverFolders, unwireProject, wireProject } from '../project/wiring.ts'
import { Dict } from '../salt/python/dict.ts'
import { findAccount, isRoot } from '../shell/account.ts'
import { program } from '../shell/programs.ts'
import { refuseSlips } from './config.ts'
import { bringOwnFolder, type Context } from './context.ts'
import { installersOf } from './installed.ts'
import { lockProject } from './lock.ts'
import { ensureAccount } from './project-account.ts'

export interface InitOptions {
  readonly mode?: string | undefined
  readonly env?: string | undefined
  readonly installer?: string | undefined
  readonly origin?: string | undefined
  readonly pillarOrigin?: string | undefined
  /** KEY=VALUE, kept as set_configuration would. */
  readonly set?: readonly string[] | undefined
}

export interface Initialized {
  readonly layout: ProjectLayout
  /** What was done, one sentence each; nothing when all was there. */
  readonly done: readonly string[]
  /** Whether there was no such project before. */
  readonly isNew: boolean
  readonly mode: ModeName
  /** As the configuration names it: `auto` asks each tree anew. */
  readonly installer: string
}

export async function init(context: Context, text: string, options: InitOptions): Promise<Initialized> {
  const layout = projectLayout(context.root, projectName(text))
  checkOptions(options)
  const settings = await settingsOf(options)
  // As the runner has it: the project's account must get at its tree.
  process.umask(0o022)
  ensureRoot(context.root)
  const fresh = !existsSync(layout.home)
  const done: string[] = []
  if (!fresh && existsSync(layout.projectGit)) await bringOwnFolder(context, layout)
  try {
    done.push(...ensureFolders(layout).map(path => `made ${path}`))
    refuseFolder(layout)
    const lock = lockProject(layout)
    try {
      const cfg = await build(context, layout, options, settings, done)
      const isNew = fresh
      return { layout, done, isNew, mode: settingOf(cfg, 'mode') as ModeName, installer: settingOf(cfg, 'installer') }
    } finally {
      lock.release()
    }
  } catch (error) {
    // Nothing half done: a project that could not be made is not there.
    if (fresh) {
      try {
        unwireProject(layout)
        await removeNow(context.shell, layout.home)
      } catch {
        // What could not be made cannot always be removed: the first error is the one to tell.
      }
    }
    throw error
  }
}

async function build(
  context: Context,
  layout: ProjectLayout,
  options: InitOptions,
  settings: Dict,
  done: string[],
): Promise<Dict> {
  const { shell } = context
  const common = { name: layout.name, root: context.root, home: context.home }
  const origin = options.origin
  const pillarOrigin = options.pillarOrigin
  done.push(...(await ensureBare(shell, { ...common, path: layout.projectGit, kind: 'project', origin })))
  done.push(...(await ensureBare(shell, { ...common, path: layout.pillarGit, kind: 'pillar', origin: pillarOrigin })))
  if (origin !== undefined) await fill(layout.projectGit, origin, done)
  if (pillarOrigin !== undefined) await fill(layout.pillarGit, pillarOrigin, done)
  await writeFirstPillar(context, layout, done)
  await bringPillar({ layout, shell, pillarCommit: pillarCommitOf(layout) })
  done.push(...wireProject(layout).map(path => `linked ${path}`))
  if (await ensureEditableClone(shell, layout, origin ?? null)) done.push(`made ${layout.editableTree}`)
  await checkOutFirst(context, layout)
  const before = readSaved(layout.savedConfiguration)
  const saved = settings.size > 0 ? withSettings(before, settings) : before
  // Resolved before it is kept: what is not valid is refused whole.
  const tree = currentRelease(layout) === null ? folderTree(layout.editableTree) : treeInUse(layout)
  const { cfg, installer } = await checked(context, layout, tree, merged(new Dict(), saved.settings))
  done.push(...(await ensureAccount(context.shell, layout, settingOf(cfg, 'user'), settingOf(cfg, 'group'))))
  writeSaved(layout.savedConfiguration, withSnapshot(saved, cfg, before.release))
  rmSync(layout.checked, { force: true })
  if (settingOf(cfg, 'mode') === 'editable') done.push(...(await ensureDeveloper(shell, layout)))
  const made = addGeneratedToEditable(layout.editableTree, installer, ownerOfTree(layout))
  if (made.length > 0) done.push(`wrote ${made.length} procedure files`)
  excludeGenerated(layout)
  writeHookSettings(layout, cfg)
  await handOverFolders(
    shell,
    layout,
    isRoot() ? findAccount(settingOf(cfg, 'user')) : null,
    settingOf(cfg, 'mode') === 'editable',
  )
  return cfg
}

function checkOptions(options: InitOptions): void {
  if (options.mode !== undefined) modeName(options.mode)
  for (const url of [options.origin, options.pillarOrigin]) {
    if (url !== undefined && !isFetchUrl(url))
      throw new CorpusError('USAGE', `${JSON.stringify(url)} is not a URL to fetch from.`)
  }
}

async function settingsOf(options: InitOptions): Promise<Dict> {
  refuseSlips(options.set ?? [])
  const { settingValue } = await import('../configuration/setting-value.ts')
  const settings = settingsLayer(options.set ?? [], settingValue)
  if (options.env !== undefined) settings.set('default_env', options.env)
  if (options.mode !== undefined) settings.set('mode', options.mode)
  else if (options.env !== undefined && !settings.has('mode')) settings.set('mode', modeOfPlatform(options.env))
  if (options.installer !== undefined) settings.set('installer', options.installer)
  if (options.origin !== undefined) settings.set('origin', options.origin)
  if (options.pillarOrigin !== undefined) settings.set('pillar_origin', options.pillarOrigin)
  return settings
}

/** The folders of the installation. Throws ROOT_UNUSABLE. */
export function ensureRoot(root: string): void {
  // nginx and sshd have no way to be told these: a project that could not be reached, nor destroyed, is not begun.
  if (/[\x00-\x1f\x7f"$\\]/.test(root))
    throw new CorpusError(
      'ROOT_UNUSABLE',
      `${shown(root)} has a character in it that nginx cannot be told: " $ \\ or a control character.`,
    )
  try {
    makeFolders(rootLayout(root).installers)
    makeFolders(rootLayout(root).projects)
    closeCorpus(root)
  } catch (cause) {
    // It is all right, and cannot be changed now: that has a name of its own.
    if ((cause as NodeJS.ErrnoException).code === 'EROFS') throw cause
    throw new CorpusError('ROOT_UNUSABLE', `${root} cannot be written to.`, { detail: (cause as Error).message, cause })
  }
}

/** Accounts and nginx go through to what is theirs in there, and see nothing else. */
function closeCorpus(root: string): void {
  const { corpus } = rootLayout(root)
  if (statSync(corpus).uid === process.getuid?.()) chmodSync(corpus, 0o711)
}

/** An empty bare repository gets the branches of its origin. */
async function fill(path: string, origin: string, done: string[]): Promise<void> {
  if (!isEmptyRepository(path)) return
  const { fetchAll } = await import('../git/porcelain.ts')
  await fetchAll(path, origin)
  done.push(`fetched ${origin}`)
}

/** The clone of a project that has an origin shows its files at once. */
async function checkOutFirst(context: Context, layout: ProjectLayout): Promise<void> {
  const first = firstBranch(layout.projectGit, ['master', 'main'])
  const tree = layout.editableTree
  if (first === null || readdirSync(tree).some(name => name !== '.git' && name !== '.salt')) return
  const as = treeGit(layout, null)
  const git = (...args: string[]) => context.shell.run({ argv: [program('git'), ...args], cwd: tree, ...as })
  checkedOutput(await git('fetch', '--quiet', 'local'), ['fetch'])
  const head = await git('rev-parse', '--verify', '--quiet', 'HEAD')
  if (head.status !== 0) checkedOutput(await git('checkout', '--quiet', '-B', first.branch, first.commit), ['checkout'])
}

/** A first pillar, as a commit: cloning pillar.git gives something to edit. */
async function writeFirstPillar(context: Context, layout: ProjectLayout, done: string[]): Promise<void> {
  if (!isEmptyRepository(layout.pillarGit) || existsSync(join(layout.pillar, 'init.sls'))) return
  const text = `# The configuration of ${layout.name}: private, never printed whole.\nmakina-projects.${layout.name}:\n  data: {}\n`
  const git = gitIn(context.shell, { gitDir: layout.pillarGit, env: identity })
  const blob = checkedOutput(await git.outcome(['hash-object', '-w', '--stdin'], { input: text }), ['hash-object'])
  const tree = checkedOutput(await git.outcome(['mktree'], { input: `100644 blob ${blob}\tinit.sls\n` }), ['mktree'])
  const commit = await git.text('commit-tree', tree, '-m', 'Begin the pillar')
  await git.text('update-ref', 'refs/heads/master', commit, '')
  done.push(`wrote ${join(layout.pillar, 'init.sls')}`)
}

const identity = {
  GIT_AUTHOR_NAME: 'corpus',
  GIT_AUTHOR_EMAIL: 'corpus@localhost',
  GIT_COMMITTER_NAME: 'corpus',
  GIT_COMMITTER_EMAIL: 'corpus@localhost',
}

/** The configuration as it would be with these settings. */
async function checked(context: Context, layout: ProjectLayout, tree: ProjectTree, settings: Dict) {
  const was = readSaved(layout.savedConfiguration)
  const text = textIfThere(layout.savedConfiguration)
  writeSaved(layout.savedConfiguration, { ...was, settings: copied(settings) as Dict })
  try {
    return await loadConfiguration(layout, tree, installersOf(context))
  } catch (error) {
    if (text === undefined) rmSync(layout.savedConfiguration, { force: true })
    else writeWhole(layout.savedConfiguration, text, { mode: 0o600 })
    throw error
  }
}

/** Procedure files that corpus wrote are not the project's until somebody adds them. */
function excludeGenerated(layout: ProjectLayout): void {
  const path = join(layout.projectGit, 'info', 'exclude')
  if (textIfThere(path)?.includes('/.salt/')) return
  makeFolders(join(layout.projectGit, 'info'))
  writeFileSync(
    path,
    `${textIfThere(path) ?? ''}# Written by initialization where the project has none of its own:\n${procedureNames.map(name => `/.salt/${name}.sls\n`).join('')}`,
  )
}
