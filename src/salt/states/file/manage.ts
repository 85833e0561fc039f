/** Makes a file have a content, owner and mode: the heart of file.managed, file.serialize and file.recurse. */

import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import type { Shell } from '../../../shell/shell.ts'
import type { StateReturn } from '../../definition/define.ts'
import { failed } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { lstatSync, readFileSync, rmSync } from '../../system/files.ts'
import { applyOwnership, attributesOf, modeText, type Ownership, record, statsOf, uidOf } from './attributes.ts'
import { bytesDiff } from './diff.ts'
import { folderMode, makeParents } from './folders.ts'
import { putFile } from './put.ts'

export interface Content {
  readonly bytes: Buffer
  /** Copied from a source rather than written in the state: a new file's mode is reported then. */
  readonly fromSource: boolean
}

export interface ManagedFile {
  readonly shell: Shell
  readonly path: string
  /** Null: any content is right, a new file is empty. */
  readonly content: Content | null
  readonly ownership: Ownership
  /** Null: derived from the mode. */
  readonly folderMode: string | null
  readonly makeFolders: boolean
  readonly followLinks: boolean
  readonly showChanges: boolean
  readonly backupFolder: string | null
}

export function manageFile(file: ManagedFile): StateReturn {
  const there = statsOf(file.path, false)
  return there && !there.isDirectory() ? changeFile(file) : createFile(file)
}

function changeFile(file: ManagedFile): StateReturn {
  const { path, content, shell } = file
  const changes = new Dict()
  const isLink = lstatSync(path).isSymbolicLink()
  if (isLink && !file.followLinks) {
    if (content) {
      rmSync(path)
      putFile(path, content.bytes, { mode: 0o600 })
      changes.set('diff', 'Replace symbolic link with regular file')
    }
  } else if (content) {
    const before = readFileSync(path)
    const diff = bytesDiff(before, content.bytes)
    if (diff !== '') {
      putFile(path, content.bytes, { backupFolder: file.backupFolder })
      changes.set('diff', shownDiff(diff, file))
    }
  }
  const applied = applyOwnership(shell, path, file.ownership, { test: false, followLinks: file.followLinks })
  record(changes, applied)
  if (applied.faults.length) return failed(applied.faults.join('; '), changes)
  const comment = changes.size ? `File ${path} updated` : `File ${path} is in the correct state`
  return { result: true, changes, comment }
}

function createFile(file: ManagedFile): StateReturn {
  const { path, content, shell, ownership } = file
  if (!statsOf(dirname(path))?.isDirectory()) {
    if (!file.makeFolders) return failed('Parent directory not present')
    makeParents(shell, path, { ...ownership, mode: file.folderMode ?? folderMode(ownership.mode) })
  }
  const changes = new Dict()
  const umask = process.umask()
  const narrow = ownership.mode !== null || content?.fromSource === true
  putFile(path, content?.bytes ?? '', { mode: narrow ? 0o600 : 0o666 })
  if (content) changes.set('diff', 'New file')
  else changes.set('new', `file ${path} created`)
  const mode = ownership.mode ?? modeText(0o666 & ~umask)
  const applied = applyOwnership(shell, path, { ...ownership, mode }, { test: false, followLinks: file.followLinks })
  record(changes, applied)
  if (applied.faults.length) return failed(applied.faults.join('; '), changes)
  return { result: true, changes, comment: content ? `File ${path} updated` : 'Empty file' }
}

function shownDiff(diff: string, { showChanges }: ManagedFile): string {
  return showChanges ? diff : '<show_changes=False>'
}

/** What would change. */
export function previewFile(file: ManagedFile): Dict {
  const { path, content, shell, ownership } = file
  const changes = new Dict()
  const there = statsOf(path, file.followLinks)
  if (!there) return changes.set('newfile', path)
  if (content) {
    const diff = bytesDiff(readFileSync(path), content.bytes)
    if (diff !== '') changes.set('diff', shownDiff(diff, file))
  }
  // As in Salt, nothing is said of owners and modes of temporary files.
  if (path.startsWith(tmpdir())) return changes
  const present = attributesOf(shell, path, file.followLinks)
  const { user, group, mode } = ownership
  if (user !== null && user !== present.user && uidOf(shell, user) !== present.uid) changes.set('user', user)
  if (group !== null && group !== present.group && group !== String(present.gid)) changes.set('group', group)
  if (mode !== null && mode !== present.mode) changes.set('mode', mode)
  return changes
}

/** What test mode reports of `previewFile`. */
export function previewed(path: string, changes: Dict): StateReturn {
  if (changes.size === 0) return { result: true, changes, comment: `The file ${path} is in the correct state` }
  const note = 'Note: No changes made, actual changes may\nbe different due to other states.'
  return { result: null, changes, comment: `The file ${path} is set to be changed\n${note}` }
}
