/** What an engine builds an image from: the tree as a tar archive, without what .dockerignore names. */

import { fstatSync, realpathSync } from 'node:fs'
import { entryBelow, inFolder, namesBelow, type OpenFolder, openBelow, textBelow } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { isRoot } from '../shell/account.ts'
import { program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { ignoreRules } from './ignore.ts'

/** Even where they are ignored: the engine reads them. */
const always = new Set(['Dockerfile', '.dockerignore'])

/** Writes the archive into `file`. It is packed by whom the tree belongs to: what that account does not reach is not in it. */
export async function writeContext(shell: Shell, tree: string, file: string): Promise<void> {
  const names = contextFiles(tree)
  const pack = [
    program('tar'),
    '--create',
    '--file=-',
    `--directory=${tree}`,
    '--no-recursion',
    '--null',
    '--files-from=-',
  ]
  const ended = await shell.run({
    argv: [program('sh'), '-c', 'file=$1; shift; exec "$@" >"$file"', 'sh', file, ...asOwnerOf(tree), ...pack],
    cwd: '/',
    input: names.map(name => `./${name}\0`).join(''),
  })
  if (ended.status !== 0)
    throw new CorpusError('IMAGE_FAILED', 'The files for the image could not be packed.', {
      detail: textOf(ended.stderr),
    })
}

function asOwnerOf(tree: string): string[] {
  const { uid, gid } = ownerOf(tree)
  if (!isRoot() || uid === 0) return []
  return [program('setpriv'), `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--']
}

/** Of a folder that is named without a link in the way: behind one, it would be another's. */
function ownerOf(tree: string): { readonly uid: number; readonly gid: number } {
  const owner = inFolder(tree, top =>
    realpathSync(`/proc/self/fd/${top.fd}`) === tree ? fstatSync(top.fd) : undefined,
  )
  if (owner) return owner
  throw new CorpusError('IMAGE_FAILED', `${tree} is no folder of the project's own: a link is in the way.`)
}

/** Files, links and folders below the tree, folders before what is in them. */
export function contextFiles(tree: string): readonly string[] {
  return inFolder(tree, filesIn) ?? []
}

function filesIn(top: OpenFolder): string[] {
  const { ignores, hasExceptions } = ignoreRules(textBelow(top, '.dockerignore') ?? '')
  const found: string[] = []
  const look = (at: OpenFolder, folder: string): void => {
    for (const name of namesBelow(at)) {
      const path = folder === '' ? name : `${folder}/${name}`
      const isIgnored = !always.has(path) && ignores(path)
      if (!isIgnored) found.push(path)
      // Something below an ignored folder may be excepted.
      if (entryBelow(at, name)?.isDirectory() && (!isIgnored || hasExceptions)) lookInto(at, name, path)
    }
  }
  const lookInto = (at: OpenFolder, name: string, path: string): void => {
    const below = openBelow(at, name)
    try {
      look(below, path)
    } finally {
      below.close()
    }
  }
  look(top, '')
  return found
}
