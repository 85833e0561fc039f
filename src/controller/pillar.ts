/** Settings of a project's pillar, read and changed where it is kept: as a commit of its repository, pushed as a person pushes it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { editedPillar, type PillarChange, pillarPath, valueAt } from '../configuration/pillar-text.ts'
import { redact } from '../configuration/secrets.ts'
import { settingValue } from '../configuration/setting-value.ts'
import { checkedOutput, cleanEnvironment, gitIn } from '../git/git.ts'
import { branchCommit, firstBranch } from '../git/refs.ts'
import { CorpusError } from '../kernel/errors.ts'
import { linkIfThere, textIfThere } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { projectName, shown } from '../kernel/names.ts'
import { shellWord } from '../kernel/shell-word.ts'
import { linkLeadingOut } from '../project/links-out.ts'
import { pillarBranches, readPushedPillar } from '../project/pillar.ts'
import { plain } from '../salt/python/plain.ts'
import type { Value } from '../salt/python/value.ts'
import { program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import { type Context, openProject } from './context.ts'
import { bytesOf, type GivenValue } from './env.ts'
import { hooksOf } from './installed.ts'

/** What stands at a key of the pillar that was pushed last, or at its top; secrets are hidden unless revealed. Throws SETTING_UNKNOWN. */
export async function getPillar(context: Context, name: string, key?: string, reveal = false): Promise<unknown> {
  const layout = await openProject(context, name)
  return inScratch(context, layout, async scratch => {
    const pillar = (await pushedPillar(scratch)).data
    const data = reveal ? pillar : redact(pillar)
    if (key === undefined) return plain(data)
    const value = valueAt(data, pillarPath(layout.name, key, data))
    if (value === undefined)
      throw new CorpusError('SETTING_UNKNOWN', `${shown(key)} is not set in the pillar of ${name}.`)
    return plain(value)
  })
}

/** Values by key, without secrets; null where there is none. */
export async function pillarStands(context: Context, name: string, keys: readonly string[]) {
  const layout = projectLayout(context.root, projectName(name))
  return inScratch(context, layout, async scratch => {
    const data = redact((await pushedPillar(scratch)).data)
    const standsAt = (key: string) => valueAt(data, pillarPath(layout.name, key, data))
    return Object.fromEntries(keys.map(key => [key, plain(standsAt(key) ?? null)]))
  })
}

export interface PillarChanges {
  /** Values by key. */
  readonly set?: Readonly<Record<string, GivenValue>>
  readonly unset?: readonly string[]
}

export interface PillarChangeOptions {
  readonly by: string
  readonly print: (text: string) => void
}

/**
 * Commits the changes, all of them or none, and pushes: what is refused, deployed and taken back is what a push of it would be, with
 * its words and its exit status. A push of somebody else meanwhile is built upon, once. Throws PILLAR_BUSY, PILLAR_NOT_EDITABLE.
 */
export async function changePillar(
  context: Context,
  name: string,
  { set = {}, unset = [] }: PillarChanges,
  options: PillarChangeOptions,
): Promise<number> {
  const settings = Object.entries(set).map(([key, given]) => settingOf(key, given))
  if (settings.length === 0 && unset.length === 0) throw new CorpusError('USAGE', 'No key was named.')
  const layout = await openProject(context, name)
  for (let left = 2; left > 0; left--) {
    const status = await inScratch(context, layout, async scratch => {
      const made = await commitChanges(scratch, settings, unset, options.by)
      if (made !== null) return push(scratch, made, options)
      options.print('The pillar says so already.\n')
      return 0
    })
    if (status !== null) return status
  }
  throw new CorpusError('PILLAR_BUSY', `The pillar of ${layout.name} was pushed by somebody else meanwhile.`)
}

interface Wanted {
  readonly key: string
  readonly value: Value
}

/** A string is read as a setting; what came from a file is a text as it is. */
function settingOf(key: string, given: GivenValue): Wanted {
  if (typeof given === 'string') return { key, value: settingValue(given) }
  try {
    return { key, value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(key, given)) }
  } catch (cause) {
    throw new CorpusError('SETTING_INVALID', `What is given for ${shown(key)} is not UTF-8.`, { cause })
  }
}

/** A repository of its own beside the pillar's, whose new objects nobody sees until they are pushed. */
interface Scratch {
  readonly context: Context
  readonly layout: ProjectLayout
  readonly gitDir: string
  /** Where files of a commit are put. */
  readonly files: string
}

async function inScratch<T>(
  context: Context,
  layout: ProjectLayout,
  act: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-pillar-'))
  try {
    const scratch = { context, layout, gitDir: join(folder, 'git'), files: join(folder, 'files') }
    mkdirSync(scratch.files)
    const empty = join(folder, 'template')
    mkdirSync(empty)
    const args = ['init', '--bare', '--quiet', `--template=${empty}`, scratch.gitDir]
    checkedOutput(await context.shell.run({ argv: [program('git'), ...args], env: cleanEnvironment() }), args)
    mkdirSync(join(scratch.gitDir, 'objects', 'info'), { recursive: true })
    writeFileSync(join(scratch.gitDir, 'objects', 'info', 'alternates'), `${join(layout.pillarGit, 'objects')}\n`)
    return await act(scratch)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The pillar as it was pushed last, with no effect of its templates. */
async function pushedPillar({ context, layout, gitDir, files }: Scratch): Promise<{ data: Value; head: Head }> {
  const head = firstBranch(layout.pillarGit, pillarBranches(layout))
  if (head !== null) {
    const git = gitIn(context.shell, { gitDir, tree: files })
    await git.text('read-tree', head.commit)
    await git.text('checkout-index', '--all', '--force')
  }
  const link = linkLeadingOut(files, '.')
  if (link !== null) throw new CorpusError('PILLAR_INVALID', `${link}.`)
  const { data, unknown } = await readPushedPillar(files, layout.name)
  if (unknown.length > 0)
    throw new CorpusError('PILLAR_NOT_EDITABLE', 'What the pillar says is known only when it is deployed.', {
      detail: unknown.join('\n'),
    })
  return { data, head }
}

type Head = { readonly branch: string; readonly commit: string } | null

interface Move {
  readonly commit: string
  readonly branch: string
  readonly before: string | null
}

/** The commit with the changes; null where the pillar says so already. */
async function commitChanges(
  scratch: Scratch,
  settings: readonly Wanted[],
  unset: readonly string[],
  by: string,
): Promise<Move | null> {
  const { context, layout, gitDir, files } = scratch
  const { data, head } = await pushedPillar(scratch)
  const path = join(files, fileName)
  if (linkIfThere(path) !== undefined)
    throw new CorpusError('PILLAR_NOT_EDITABLE', `The pillar cannot be edited here: ${fileName} is a link.`)
  const before = textIfThere(path) ?? ''
  const pathOf = (key: string) => pillarPath(layout.name, key, data)
  for (const key of unset)
    if (valueAt(data, pathOf(key)) === undefined)
      throw new CorpusError('SETTING_UNKNOWN', `${shown(key)} is not set in the pillar of ${layout.name}.`)
  const changes: PillarChange[] = [
    ...settings.map(({ key, value }) => ({ path: pathOf(key), value })),
    ...unset.map(key => ({ path: pathOf(key), value: undefined })),
  ]
  const text = changes.reduce(editedPillar, before)
  if (text === before) return null
  const identity = (role: string) => ({ [`GIT_${role}_NAME`]: by, [`GIT_${role}_EMAIL`]: `${by}@localhost` })
  const git = gitIn(context.shell, { gitDir, env: { ...identity('AUTHOR'), ...identity('COMMITTER') } })
  const blob = checkedOutput(await git.outcome(['hash-object', '-w', '--stdin'], { input: text }), ['hash-object'])
  await git.text('update-index', '--add', '--cacheinfo', `100644,${blob},${fileName}`)
  const tree = await git.text('write-tree')
  const message = `${settings.length > 0 ? 'Set' : 'Unset'} ${[...settings.map(one => one.key), ...unset].join(', ')}`
  const parents = head === null ? [] : ['-p', head.commit]
  const commit = await git.text('commit-tree', tree, ...parents, '-m', message)
  return { commit, branch: head?.branch ?? pillarBranches(layout)[0] ?? 'master', before: head?.commit ?? null }
}

const fileName = 'init.sls'

/** The exit status; null where somebody else was first. */
async function push(
  { context, layout, gitDir }: Scratch,
  { commit, branch, before }: Move,
  { by, print }: PillarChangeOptions,
): Promise<number | null> {
  const receivePack = shellWord(join(hooksOf(context), 'receive-pack'))
  const words = ['--porcelain', '--no-follow-tags', '--no-signed', '--recurse-submodules=no']
  const to = [layout.pillarGit, `${commit}:refs/heads/${branch}`]
  const args = ['-c', 'core.hooksPath=/dev/null', 'push', ...words, `--receive-pack=${receivePack}`, '--', ...to]
  let isTold = false
  const tell = linesFrom(line => {
    isTold = true
    print(`${line}\n`)
  })
  const ended = await gitIn(context.shell, { gitDir }).outcome(args, {
    env: { CORPUS_BY: by },
    onOutput: (piece, stream) => stream === 'stderr' && tell(textOf(piece)),
  })
  if (ended.status === 0) return 0
  if (overtaken.test(textOf(ended.stdout)) && branchCommit(layout.pillarGit, branch) !== before) return null
  if (!isTold) checkedOutput(ended, ['push'])
  return ended.status
}

/** In the words of `git push --porcelain`. */
const overtaken =
  /^!\t.*\((?:fetch first|non-fast-forward|incorrect old value provided|reference already exists|failed to update ref|cannot lock ref.*)\)$/m

/** What the hooks say, line by line, without git's own words around it. */
function linesFrom(tell: (line: string) => void): (text: string) => void {
  let rest = ''
  return text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, said] = /^remote: ?(.*)$/.exec(line) ?? []
      if (said !== undefined) tell(said.trimEnd())
    }
  }
}
