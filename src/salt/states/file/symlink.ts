/** file.symlink: a symbolic link to a target. */

import { basename, dirname, isAbsolute, join, normalize } from 'node:path'
import { program } from '../../../shell/programs.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { lchownSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync } from '../../system/files.ts'
import { ownerArguments } from './arguments.ts'
import { gidOf, groupName, statsOf, uidOf, userName } from './attributes.ts'
import { makeParents } from './folders.ts'
import { faultText } from './os-error.ts'

export const symlink = defineState({
  does: 'Makes a symbolic link.',
  arguments: {
    target: { does: 'What it points to.', type: 'path', required: true },
    force: { does: 'Removes a file that is in the way.', type: 'boolean', default: false },
    backupname: { does: 'Renames what is in the way.', type: 'path' },
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
    ...ownerArguments,
    mode: { does: 'The mode of folders that are made.', type: 'mode' },
    atomic: { does: 'Replaces a link without a moment in which there is none.', type: 'boolean', default: false },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runSymlink,
})

interface WantedLink {
  readonly path: string
  readonly target: string
  readonly uid: number
  readonly gid: number
  /** As the comments tell it. */
  readonly owner: string
}

function runSymlink(call: StateCall): StateReturn {
  const { args, tools, test, name } = call
  const user = args.textOrNone('user') || userName(tools.shell, process.getuid?.() ?? 0)
  const uid = uidOf(tools.shell, user)
  const group = args.textOrNone('group') || groupName(tools.shell, accountGroup(call, user, uid))
  const gid = gidOf(tools.shell, group)
  const faults = [
    ...(uid === null ? [`User ${user} does not exist`] : []),
    ...(gid === null ? [`Group ${group} does not exist`] : []),
    ...(isAbsolute(name) ? [] : [`Specified file ${name} is not an absolute path`]),
  ]
  if (faults.length || uid === null || gid === null) return failed(faults.join('. ') + (faults.length > 1 ? '.' : ''))
  const wanted = { path: name, target: args.text('target'), uid, gid, owner: `${user}:${group}` }
  const folder = dirname(name)
  const noFolder = !statsOf(folder)?.isDirectory()
  if (test) return previewLink(call, wanted, noFolder ? `\n${folderNote(call, folder)}` : '')
  if (noFolder) {
    if (!args.flag('makedirs')) return failed(`Directory ${folder} for symlink is not present`)
    makeParents(tools.shell, name, { user, group, mode: args.mode('mode') })
  }
  return link(call, wanted)
}

function accountGroup(call: StateCall, user: string, uid: number | null): number {
  if (uid === process.getuid?.()) return process.getgid?.() ?? 0
  const found =
    statsOf(`/proc/self`) && call.tools.shell.runSync({ argv: [program('id'), '-g', '--', user], timeoutSeconds: 10 })
  return found && found.status === 0 ? Number(Buffer.from(found.stdout).toString()) : 0
}

function folderNote(call: StateCall, folder: string): string {
  return call.args.flag('makedirs') ? `${folder} will be created` : `Directory ${folder} for symlink is not present`
}

function previewLink(call: StateCall, wanted: WantedLink, note: string): StateReturn {
  const { path, target, owner } = wanted
  const there = statsOf(path, false)
  if (!there) return wouldChange(`Symlink ${path} to ${target} is set for creation${note}`, { new: path })
  if (there.isSymbolicLink()) {
    if (readlinkSync(path) !== target)
      return wouldChange(`Link ${path} target is set to be changed to ${target}${note}`, { change: path })
    const present = `${userName(call.tools.shell, there.uid)}:${groupName(call.tools.shell, there.gid)}`
    if (isOwned(wanted)) return succeeded(`The symlink ${path} is present${note}`)
    const comment = `The symlink ${path} is present, but the ownership of the symlink would be changed from ${present} to ${owner}${note}`
    return wouldChange(comment, { ownership: present })
  }
  if (call.args.flag('force')) {
    const comment = `The file or directory ${path} is set for removal to make way for a new symlink targeting ${target}`
    return wouldChange(comment + note)
  }
  const advice = 'Did you mean to use force?'
  return failed(`File or directory exists where the symlink ${path} should be. ${advice}${note}`)
}

function isOwned({ path, uid, gid }: WantedLink): boolean {
  const stats = statsOf(path, false)
  return stats?.uid === uid && stats.gid === gid
}

function link(call: StateCall, wanted: WantedLink): StateReturn {
  const { path, target, owner } = wanted
  const there = statsOf(path, false)
  if (there?.isSymbolicLink()) {
    if (normalize(readlinkSync(path)) === normalize(target)) return ownLink(wanted)
  } else if (there) {
    const refused = makeWay(call, path, target)
    if (refused) return refused
  }
  try {
    place(wanted)
  } catch (error) {
    return failed(`Unable to create new symlink ${path} -> ${target}: ${faultText(error, path)}`)
  }
  const comment = `Created new symlink ${path} -> ${target}`
  try {
    if (!isOwned(wanted)) lchownSync(path, wanted.uid, wanted.gid)
    return succeeded(comment, { new: path })
  } catch {
    return failed(`${comment}, but was unable to set ownership to ${owner}`, { new: path })
  }
}

/** A link is made beside the old one and renamed over it, so that there is always one. */
function place({ path, target }: WantedLink): void {
  const there = statsOf(path, false)
  if (!there) {
    symlinkSync(target, path)
    return
  }
  if (there.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
  const neighbour = join(dirname(path), `.${basename(path).slice(0, 60)}.${process.pid}.link`)
  rmSync(neighbour, { force: true })
  symlinkSync(target, neighbour)
  try {
    renameSync(neighbour, path)
  } catch (error) {
    unlinkSync(neighbour)
    throw error
  }
}

function ownLink(wanted: WantedLink): StateReturn {
  const { path, owner } = wanted
  if (isOwned(wanted)) return succeeded(`Symlink ${path} is present and owned by ${owner}`)
  try {
    lchownSync(path, wanted.uid, wanted.gid)
    return succeeded(`Set ownership of symlink ${path} to ${owner}`, { ownership: owner })
  } catch {
    return failed(`Failed to set ownership of symlink ${path} to ${owner}`)
  }
}

/** Something that is no link is in the way: renamed, left to be replaced, or a reason to stop. */
function makeWay(call: StateCall, path: string, target: string): StateReturn | null {
  const { args } = call
  const force = args.flag('force')
  const wanted = args.textOrNone('backupname')
  if (wanted !== null) {
    const backup = isAbsolute(wanted) ? wanted : join(dirname(normalize(path)), wanted)
    if (!isAbsolute(wanted) && basename(wanted) !== wanted)
      return failed(`Backupname must be an absolute path or a file name: ${wanted}`)
    if (statsOf(backup, false)) {
      if (!force)
        return failed(`Symlink & backup path exists and Force not set. ${path} -> ${target} - backup: ${backup}`)
      rmSync(backup, { recursive: true, force: true })
    }
    renameSync(path, backup)
    return null
  }
  if (force) return null
  const stats = statsOf(path)
  const kind = stats?.isFile() ? 'File' : stats?.isDirectory() ? 'Directory' : 'File system entry'
  return failed(`${kind} exists where the symlink ${path} should be`)
}
