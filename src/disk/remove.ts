/** Gets a folder out of the way at once, and deletes it later at low priority, in a process that outlives this one. */

import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { isRoot } from '../shell/account.ts'
import { type Program, program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'

/**
 * `trash` is a folder on the same file system that belongs to nobody else; made when it is not there. After this call
 * `path` is gone, whatever happens to the deleting: what it leaves is deleted by the next call. Answers false when there
 * was nothing at `path`. A link is removed, never what it points to.
 */
export async function removeInBackground(shell: Shell, path: string, trash: string): Promise<boolean> {
  const there = moveAside(path, trash)
  await emptyTrash(shell, trash)
  return there
}

/** Deletes all that lies in the trash, by itself: answers when the deleting has begun, not when it is done. */
export async function emptyTrash(shell: Shell, trash: string): Promise<void> {
  const paths = existsSync(trash) ? readdirSync(trash).map(name => join(trash, name)) : []
  if (paths.length === 0) return
  // Without our pipes, and in a session of its own: it ends when it is done, not when we or the terminal do.
  const apart = [
    program('sh'),
    '-c',
    'exec "$@" </dev/null >/dev/null 2>&1',
    'sh',
    program('setsid'),
    '--fork',
  ] as const
  const low = [program('nice'), '-n', '19', program('ionice'), '-t', '-c', '3'] as const
  await shell.run({ argv: [...apart, ...low, ...deleting(paths)], cwd: '/' })
}

/** Deletes a folder here and now, whosoever writes in it meanwhile. Nothing where there is nothing. */
export async function removeNow(shell: Shell, path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })) return
  const ended = await shell.run({ argv: deleting([path]), cwd: '/' })
  if (lstatSync(path, { throwIfNoEntry: false }))
    throw new CorpusError('WRITE_FAILED', `${path} cannot be removed.`, { detail: textOf(ended.stderr).trim() })
}

/**
 * rm walks by opened folders and follows no link, so that it deletes nothing elsewhere, and leaves what another file system
 * has. To an ordinary user, folders that were made read-only (module caches are) resist the first time; root, who is not resisted,
 * changes no mode in folders of others.
 */
function deleting(paths: readonly string[]): [Program, ...string[]] {
  const remove = [program('rm'), '-rf', '--one-file-system', '--']
  if (isRoot()) return [...remove, ...paths] as [Program, ...string[]]
  const again =
    'remove=$1; open=$2; shift 2; for path; do "$remove" -rf --one-file-system -- "$path" || { "$open" -R u+rwX -- "$path"; "$remove" -rf --one-file-system -- "$path"; }; done'
  return [program('sh'), '-c', again, 'sh', program('rm'), program('chmod'), ...paths]
}

function moveAside(path: string, trash: string): boolean {
  const inTrash = relative(resolve(path), resolve(trash))
  if (!isAbsolute(path) || resolve(path) === '/' || !inTrash.startsWith('..'))
    throw new CorpusError(
      'REMOVE_REFUSED',
      `${path} is not removed: the trash ${trash} lies in it, or it is no place to remove.`,
    )
  if (!lstatSync(path, { throwIfNoEntry: false })) return false
  mkdirSync(trash, { recursive: true, mode: 0o700 })
  try {
    renameSync(path, join(trash, `${basename(path)}.${randomBytes(6).toString('hex')}`))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    const why = code === 'EXDEV' ? `${dirname(path)} and ${trash} are not on one file system` : message
    throw new CorpusError('WRITE_FAILED', `${path} cannot be moved aside: ${why}.`, { cause })
  }
  return true
}
