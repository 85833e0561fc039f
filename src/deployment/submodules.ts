/**
 * Submodules of what is pushed. Whoever pushes names their URLs: so they are fetched as the project's account, which reaches
 * no other project's repository. Root takes the objects over by their content, into repositories of its own below
 * `corpus/modules`, and checks out from those: no configuration that lies in a tree is ever read.
 */

import { createHash } from 'node:crypto'
import { existsSync, lchownSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSaved } from '../configuration/saved.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { checkedOutput, cleanEnvironment, gitIn } from '../git/git.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type FileName, nameOf, namesIn, textOfName } from '../kernel/file-names.ts'
import { writeWhole } from '../kernel/files.ts'
import { accountOf } from '../project/account.ts'
import { Dict } from '../salt/python/dict.ts'
import { type Program, program, systemPath } from '../shell/programs.ts'
import type { Account } from '../shell/shell.ts'
import type { Deployment } from './deployment.ts'

type Place = Pick<Deployment, 'layout' | 'shell'> & Partial<Pick<Deployment, 'signal' | 'cfg'>>

interface Module {
  readonly path: FileName
  readonly url: string
  /** As .gitmodules has it, where it begins where the project came from, and nobody said where that is. */
  readonly guessed: string | null
  readonly commit: string
}

/** A repository of root's that has the objects. */
interface Fetched {
  readonly gitDir: string
  readonly commit: string
}

/** Fills the folders of a commit's submodules, and of theirs, in a tree that nobody else reaches. */
export async function bringSubmodules(place: Place, tree: string, commit: string): Promise<void> {
  await bringThose(place, { gitDir: place.layout.projectGit, commit, url: null }, tree, 0)
}

/** The objects of the submodule that stands at a path of a commit. */
export async function fetchedAt(place: Place, commit: string, path: string): Promise<Fetched> {
  const { projectGit } = place.layout
  const module = (await modulesOf(place, { gitDir: projectGit, commit, url: null })).find(
    one => one.path === nameOf(path),
  )
  if (!module) throw invalid(`${path} is a submodule without a URL in .gitmodules`)
  return fetchModule(place, module)
}

interface Repository {
  readonly gitDir: string
  readonly commit: string
  /** Where it came from, for URLs that begin there; null for the project itself. */
  readonly url: string | null
}

const deepest = 10

async function bringThose(place: Place, repository: Repository, tree: string, depth: number): Promise<void> {
  if (depth > deepest) throw invalid(`there are more than ${deepest} submodules within one another`)
  for (const module of await modulesOf(place, repository)) {
    const { gitDir, commit } = await fetchModule(place, module)
    const folder = join(tree, textOfName(module.path))
    mkdirSync(folder, { recursive: true })
    const index = join(dirname(gitDir), `.index-${process.pid}`)
    rmSync(index, { force: true })
    const git = gitIn(place.shell, { gitDir, tree: folder, index })
    const signal = place.signal ? { signal: place.signal } : {}
    checkedOutput(await git.outcome(['read-tree', '--reset', '-u', commit], signal), ['read-tree'])
    rmSync(index, { force: true })
    await bringThose(place, { gitDir, commit, url: module.url }, folder, depth + 1)
  }
}

/** Those of a commit that have a URL: the others are somebody's own business, as to git. */
async function modulesOf(place: Place, repository: Repository): Promise<Module[]> {
  const git = gitIn(place.shell, { gitDir: repository.gitDir })
  const settings = await git.outcome(['config', '--blob', `${repository.commit}:.gitmodules`, '--null', '--list'])
  if (settings.status !== 0) return []
  const named = new Map<string, Map<string, string>>()
  for (const line of Buffer.from(settings.stdout).toString('latin1').split('\0')) {
    const [, name, key] = /^submodule\.(.*)\.([a-z]+)$/s.exec(line.slice(0, line.indexOf('\n'))) ?? []
    if (name === undefined || key === undefined) continue
    const known = named.get(name) ?? new Map<string, string>()
    named.set(name, known.set(key, line.slice(line.indexOf('\n') + 1)))
  }
  const args = ['ls-tree', '-r', '-z', '--full-tree', repository.commit]
  const listed = await git.outcome(args, { keepBytes: 1 << 30 })
  checkedOutput(listed, args)
  const links = namesIn(listed.stdout).filter(line => line.startsWith('160000'))
  return links.flatMap(line => {
    const path = line.slice(line.indexOf('\t') + 1)
    const module = [...named.values()].find(one => one.get('path')?.replace(/\/+$/, '') === path)
    const url = module?.get('url')
    if (url === undefined || module?.get('update') === 'none') return []
    const commit = line.split(' ')[2]?.split('\t')[0] ?? ''
    const written = textOfName(url)
    const isGuess = /^\.\.?\//.test(written) && repository.url === null && !originOf(place)
    return [{ path, commit, url: absolute(written, repository.url ?? '', place), guessed: isGuess ? written : null }]
  })
}

/** `../other.git` begins where the repository itself came from. */
function absolute(url: string, base: string, place: Place): string {
  const { layout } = place
  if (/^-|^[a-z0-9+.-]+::/i.test(url)) throw invalid(`${JSON.stringify(url)} is no URL of a submodule`)
  if (!/^\.\.?\//.test(url)) return url
  let at = (base || originOf(place) || layout.projectGit).replace(/\/+$/, '')
  let rest = url
  while (/^\.\.?\//.test(rest)) {
    if (rest.startsWith('..')) at = at.includes('/') ? dirname(at) : at.slice(0, at.lastIndexOf(':') + 1)
    rest = rest.replace(/^\.\.?\/+/, '')
  }
  return at.endsWith(':') ? `${at}${rest}` : `${at}/${rest}`
}

function originOf({ cfg }: Place): string {
  const origin = cfg && settingOf(cfg, 'origin')
  return typeof origin === 'string' ? origin : ''
}

async function fetchModule(place: Place, module: Module): Promise<Fetched> {
  const { path, url, guessed, commit } = module
  const shownUrl = url.replace(/\/\/[^/@]*@/, '//…@')
  try {
    return await fetchNamed(place, { url, commit })
  } catch (error) {
    if (!(error instanceof CorpusError) || error.code !== 'GIT_FAILED') throw error
    const where =
      guessed === null
        ? shownUrl
        : `${guessed}, which is meant from where the project came from and was taken for ${shownUrl}`
    const wayOut = guessed === null ? '' : `\nSay where it came from: corpus config set ${place.layout.name} origin=URL`
    throw new CorpusError('GIT_FAILED', `The submodule ${textOfName(path)} was not fetched from ${where}.`, {
      detail: `${error.detail || error.message}${wayOut}`,
      cause: error,
    })
  }
}

async function fetchNamed(place: Place, { url, commit }: Pick<Module, 'url' | 'commit'>): Promise<Fetched> {
  const { layout, shell } = place
  const name = `${createHash('sha256').update(url).digest('hex').slice(0, 32)}.git`
  const gitDir = join(layout.own, 'modules', name)
  const git = gitIn(shell, { gitDir })
  const isThere = async () => (await git.outcome(['cat-file', '-e', `${commit}^{commit}`])).status === 0
  if (!existsSync(gitDir)) {
    mkdirSync(dirname(gitDir), { recursive: true, mode: 0o700 })
    await must(place, [program('git'), 'init', '--quiet', '--bare', '--template=', gitDir], cleanEnvironment())
  }
  if (await isThere()) return { gitDir, commit }
  const account = fetchesAsRoot(place)
    ? null
    : accountOf(place.cfg ?? readSaved(layout.savedConfiguration).snapshot ?? new Dict())
  if (account === null) await fetchInto(place, gitDir, url, commit, null)
  else {
    const scratch = scratchFor(place, account, name)
    await asAccount(place, account, ['init', '--quiet', '--bare', '--template=', scratch])
    await fetchInto(place, scratch, url, commit, account)
    await takeOver(place, gitDir, scratch, account)
  }
  if (await isThere()) return { gitDir, commit }
  throw new CorpusError('GIT_FAILED', `The submodule of ${url} has no commit ${commit}.`)
}

/** A folder of the account's in one of root's: what is in it may be anything, and it stays where it is. */
function scratchFor({ layout }: Place, account: Account, name: string): string {
  const folder = join(layout.deploy, 'modules')
  mkdirSync(folder, { recursive: true, mode: 0o750 })
  lchownSync(folder, 0, account.gid)
  const scratch = join(folder, name)
  if (!existsSync(scratch)) mkdirSync(scratch, { mode: 0o750 })
  lchownSync(scratch, account.uid, account.gid)
  return scratch
}

/** A saved setting, which only root makes: never of a push or a pillar. */
const fetchesAsRoot = ({ layout }: Place): boolean =>
  readSaved(layout.savedConfiguration).settings.get('submodules_as') === 'root'

const all = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']

/** All branches and tags; and where the commit is on none of them, the commit itself. */
async function fetchInto(
  place: Place,
  gitDir: string,
  url: string,
  commit: string,
  account: Account | null,
): Promise<void> {
  const git = (args: readonly string[], isTried = false) => asAccount(place, account, ['-C', gitDir, ...args], isTried)
  await git(['fetch', '--quiet', '--no-tags', '--prune', '--no-recurse-submodules', '--', url, ...all])
  if (!(await git(['cat-file', '-e', `${commit}^{commit}`], true)))
    await git([
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-recurse-submodules',
      '--',
      url,
      `+${commit}:refs/heads/corpus/${commit}`,
    ])
}

/** Everything that the account's repository has, looked through on the way: its git is run by the account, root's only reads what that sends. */
async function takeOver(place: Place, gitDir: string, scratch: string, account: Account): Promise<void> {
  const sender = [...dropped(place, account), program('git'), 'upload-pack', scratch]
  const words = sender.map(word => word.replace(/[% ]/g, character => `%${character}`))
  const settings = ['protocol.allow=never', 'protocol.ext.allow=always', 'fetch.fsckObjects=true']
  await must(
    place,
    [
      program('git'),
      ...settings.flatMap(setting => ['-c', setting]),
      'fetch',
      '--quiet',
      '--no-tags',
      '--prune',
      '--no-recurse-submodules',
      `ext::${words.join(' ')}`,
      ...all,
    ],
    { ...cleanEnvironment(), GIT_DIR: gitDir },
  )
}

/** Git as the account, with what a person's git has and nothing else. Whether it ended well, where it is only tried. */
async function asAccount(
  place: Place,
  account: Account | null,
  args: readonly string[],
  isTried = false,
): Promise<boolean> {
  const argv = [...(account ? dropped(place, account) : []), program('git'), ...args] as [Program, ...string[]]
  if (!isTried) {
    await must(place, argv, account ? {} : cleanEnvironment(), account ? '/' : undefined)
    return true
  }
  const { shell } = place
  return (await shell.run({ argv, cwd: '/', env: account ? {} : cleanEnvironment() })).status === 0
}

/** The environment comes behind the drop of rights. */
function dropped({ layout }: Place, account: Account): string[] {
  const settings = join(layout.git, 'account.gitconfig')
  writeWhole(settings, accountSettings)
  const variables = {
    HOME: layout.accountHome,
    USER: account.name,
    LOGNAME: account.name,
    PATH: systemPath,
    LC_ALL: 'C.UTF-8',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_GLOBAL: settings,
  }
  return [
    program('setpriv'),
    `--reuid=${account.uid}`,
    `--regid=${account.gid}`,
    '--init-groups',
    '--',
    program('env'),
    '-i',
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
  ]
}

/** What the account may read, its git may fetch from, whosoever that is: the kernel says no to the rest. */
const accountSettings = `[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n[include]\n\tpath = ~/.gitconfig\n`

async function must(
  { shell, signal }: Place,
  argv: readonly [Program, ...string[]],
  env: Record<string, string>,
  cwd = '/',
): Promise<void> {
  const ended = await shell.run({
    argv,
    env,
    cwd,
    ...(signal ? { signal } : {}),
  })
  checkedOutput(ended, ['submodule'])
}

const invalid = (what: string): CorpusError => new CorpusError('GIT_FAILED', `${what}.`)
