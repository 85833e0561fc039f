/** A clone that somebody stands in: which project it belongs to, and what a project made from it is called. */

import { basename } from 'node:path'
import { cleanEnvironment } from '../git/git.ts'
import { CorpusError } from '../kernel/errors.ts'
import { program } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import { type Context, projectNames } from './context.ts'

export interface CloneHere {
  readonly top: string
  /** URL by the name of the remote. */
  readonly remotes: ReadonlyMap<string, string>
}

/** The clone that a folder is part of; null where it is none, or one that git does not trust. */
export async function cloneAt(context: Pick<Context, 'shell'>, folder: string): Promise<CloneHere | null> {
  const git = async (...args: string[]) => {
    const ended = await context.shell.run({ argv: [program('git'), '-C', folder, ...args], env: cleanEnvironment() })
    return ended.status === 0 ? textOf(ended.stdout) : null
  }
  const top = (await git('rev-parse', '--show-toplevel').catch(() => null))?.trim()
  if (!top) return null
  const listed = (await git('config', '--get-regexp', String.raw`^remote\..*\.url$`)) ?? ''
  const remotes = [...listed.matchAll(/^remote\.(.*)\.url (.*)$/gm)].map(
    ([, name = '', url = '']) => [name, url] as const,
  )
  return { top, remotes: new Map(remotes) }
}

/** The name of the one project below the root that the clone in a folder pushes to. Throws USAGE where there is none, or several. */
export async function projectOfClone(context: Context, folder: string): Promise<string> {
  const clone = await cloneAt(context, folder)
  const found = clone === null ? [] : projectsOf(context, clone)
  const [only, other] = found
  if (only !== undefined && other === undefined) return only
  if (other !== undefined)
    throw new CorpusError('USAGE', `Name the project: this clone pushes to several, ${found.join(', ')}.`)
  const why =
    clone === null
      ? 'This folder is in no clone that could tell it.'
      : 'This clone has no remote that leads to one of this machine (`corpus remote add NAME` adds it).'
  const names = projectNames(context)
  const known = names.length === 0 ? '' : ` Projects here: ${names.slice(0, 10).join(', ')}.`
  throw new CorpusError('USAGE', `Name the project. ${why}${known}`)
}

/** Projects of this machine that the remotes of a clone lead to. */
function projectsOf(context: Pick<Context, 'root'>, { remotes }: CloneHere): string[] {
  const there = new Set<string>(projectNames(context))
  const named = [...remotes].flatMap(([remote, url]) => projectOfUrl(context.root, remote, url) ?? [])
  return [...new Set(named)].filter(name => there.has(name))
}

/** Another host's repository may be called as a project is: only remotes that corpus described count. */
function projectOfUrl(root: string, remote: string, url: string): string | undefined {
  const before = `${root}/projects/`
  const path = url.replace(/^file:\/\//, '')
  if (path.startsWith(before)) return /^([^/]+)\/git\/(?:project|pillar)\.git\/?$/.exec(path.slice(before.length))?.[1]
  const ours = /^corpus(-pillar)?$/.test(remote) || /^(ssh:\/\/)?([^@/]*@)?corpus-/.test(url)
  return ours ? /^(?:ssh:\/\/[^/]+\/|[^/:]+:)([^/]+?)(?:\.git|\/project|\/pillar)?\/?$/.exec(url)?.[1] : undefined
}

/** A project's name from that of a folder; undefined where nothing of it can be one. */
export function nameFromFolder(folder: string): string | undefined {
  const name = basename(folder)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/\.git$/, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 63)
  return name === '' ? undefined : name
}
