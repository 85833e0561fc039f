/** file.directory: a folder with an owner and a mode, what is in it too where that is asked for. */

import { dirname, isAbsolute, relative } from 'node:path'
import type { Shell } from '../../../shell/shell.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { mkdirSync, renameSync, rmSync } from '../../system/files.ts'
import { ownerArguments } from './arguments.ts'
import { applyOwnership, attributesOf, type Ownership, ownerFault, ownershipOf, record, statsOf } from './attributes.ts'
import { isIncluded, type Level, requiredFiles, uncleanPaths, walk } from './clean.ts'
import { makeFolders, makeParents } from './folders.ts'
import { faultText } from './os-error.ts'

export const directory = defineState({
  does: 'Makes a folder with an owner and a mode; may look after what is in it.',
  arguments: {
    ...ownerArguments,
    recurse: {
      does: 'What is made right below it too: user, group, mode; ignore_files, ignore_dirs and silent.',
      type: 'any',
    },
    max_depth: { does: 'How deep that goes.', type: 'whole number' },
    mode: { does: 'The mode, octal.', type: 'mode' },
    dir_mode: { does: 'The mode of the folder and of folders below, octal.', type: 'mode' },
    file_mode: { does: 'The mode of files below.', type: 'mode' },
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
    clean: { does: 'Removes what no required file state manages.', type: 'boolean', default: false },
    exclude_pat: {
      does: 'What clean spares: a glob, or E@ and a regular expression, of the path inside.',
      type: 'text or list',
    },
    follow_symlinks: { does: 'Changes what a link points to.', type: 'boolean', default: false },
    force: { does: 'Removes a file that is in the way.', type: 'boolean', default: false },
    backupname: { does: 'Renames a file that is in the way.', type: 'path' },
    allow_symlink: { does: 'A link to a folder will do.', type: 'boolean', default: true },
    children_only: { does: 'Looks only after what is in it.', type: 'boolean', default: false },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runDirectory,
})

/** What the state wants, read once. */
export interface WantedFolder {
  readonly path: string
  readonly ownership: Ownership
  readonly fileMode: string | null
  readonly makeParents: boolean
}

const recurseTypes = ['user', 'group', 'mode', 'ignore_files', 'ignore_dirs', 'silent']

function runDirectory(call: StateCall): StateReturn {
  const { args, tools, test } = call
  const path = call.name.length > 1 && call.name.endsWith('/') ? call.name.slice(0, -1) : call.name
  if (args.value('max_depth') !== null && args.flag('clean')) return failed('Cannot specify both max_depth and clean')
  const mode = args.mode('dir_mode') ?? args.mode('mode')
  const wanted: WantedFolder = {
    path,
    ownership: { ...ownershipOf(args), mode },
    fileMode: args.mode('file_mode') ?? mode,
    makeParents: args.flag('makedirs'),
  }
  const owners = ownerFault(tools.shell, wanted.ownership, test)
  if (owners) return failed(owners)
  if (!isAbsolute(path)) return failed(`Specified file ${path} is not an absolute path`)
  const changes = new Dict()
  const inTheWay = clearTheWay(call, path, changes)
  if (inTheWay) return failed(inTheWay, changes)
  const recurse = recurseOf(args.value('recurse'))
  if ('fault' in recurse) return failed(recurse.fault)
  return folderState(call, wanted, recurse, changes)
}

function folderState(call: StateCall, wanted: WantedFolder, recurse: Recurse, changes: Dict): StateReturn {
  const { args, tools, test } = call
  const { path } = wanted
  const levels = recurse.any || args.flag('clean') ? walk(path, depthOf(args.numberOrNone('max_depth'))) : []
  const preview = previewFolder(call, wanted, recurse, levels)
  for (const [key, value] of preview) changes.set(key, value)
  if (changes.size === 0) return { result: true, changes, comment: `The directory ${path} is in the correct state` }
  if (test) return { result: null, changes, comment: previewText(preview) }
  if (!statsOf(path)?.isDirectory()) {
    const fault = makeFolder(tools.shell, wanted)
    return fault ? failed(fault, changes) : { result: true, changes, comment: '' }
  }
  return changeFolder(call, wanted, recurse, levels, changes)
}

function depthOf(depth: number | null): number {
  return depth === null || Number.isNaN(depth) ? Number.POSITIVE_INFINITY : depth
}

/** Makes way for the folder; a sentence where something else is there and stays. */
function clearTheWay(call: StateCall, path: string, changes: Dict): string | null {
  const { args, test } = call
  const force = args.flag('force')
  const there = statsOf(path)
  const isLink = statsOf(path, false)?.isSymbolicLink() === true
  const wrong = (there !== null && !there.isDirectory()) || (isLink && (force || !args.flag('allow_symlink')))
  if (!wrong) return null
  const kind = isLink ? 'Symlink' : 'File'
  const backup = args.textOrNone('backupname')
  if (backup !== null) {
    if (statsOf(backup, false)) {
      if (!force) return `File exists where the backup target ${backup} should go`
      if (!test) rmSync(backup, { recursive: true, force: true })
    }
    if (test) changes.set('forced', `Existing file at backup path ${backup} would be removed / renamed`)
    else renameSync(path, backup)
    return null
  }
  if (!force) return `Specified location ${path} exists and is a ${isLink && there?.isDirectory() ? 'symlink' : 'file'}`
  if (!test) rmSync(path)
  changes.set('forced', test ? `${kind} would be forcibly replaced` : `${kind} was forcibly replaced`)
  return null
}

interface Recurse {
  readonly any: boolean
  readonly has: (type: string) => boolean
}

function recurseOf(value: Value): Recurse | { readonly fault: string } {
  if (value === null || value === false || (Array.isArray(value) && value.length === 0))
    return { any: false, has: () => false }
  if (!Array.isArray(value)) return { fault: '"recurse" must be formed as a list of strings' }
  const types = value.map(textOf)
  if (types.some(type => !recurseTypes.includes(type))) {
    const known = recurseTypes.map(type => `"${type}"`).join(', ')
    return { fault: `Types for "recurse" limited to ${known}.` }
  }
  if (types.includes('ignore_files') && types.includes('ignore_dirs'))
    return { fault: 'Must not specify "recurse" options "ignore_files" and "ignore_dirs" at the same time.' }
  return { any: true, has: type => types.includes(type) }
}

/** What recurse wants of the files and folders below. */
function below(wanted: WantedFolder, recurse: Recurse): { files: Ownership | null; folders: Ownership | null } {
  const { user, group, mode } = wanted.ownership
  const owner = { user: recurse.has('user') ? user : null, group: recurse.has('group') ? group : null }
  const of = (own: string | null) => ({ ...owner, mode: recurse.has('mode') ? own : null })
  return {
    files: recurse.any && !recurse.has('ignore_files') ? of(wanted.fileMode) : null,
    folders: recurse.any && !recurse.has('ignore_dirs') ? of(mode) : null,
  }
}

function previewFolder(call: StateCall, wanted: WantedFolder, recurse: Recurse, levels: readonly Level[]): Dict {
  const { args, tools } = call
  const changes = new Dict()
  const { files, folders } = below(wanted, recurse)
  const note = (path: string, ownership: Ownership | null) => {
    const differs = ownership && differing(tools.shell, path, ownership, args.flag('follow_symlinks'))
    if (differs?.size) changes.set(path, differs)
  }
  for (const level of levels) {
    for (const path of level.files) note(path, files)
    for (const path of level.folders) note(path, folders)
  }
  if (!statsOf(wanted.path)?.isDirectory()) changes.set(wanted.path, Dict.of({ directory: 'new' }))
  else if (!args.flag('children_only')) note(wanted.path, wanted.ownership)
  if (args.flag('clean')) for (const path of previewedClean(call, wanted.path, levels)) changes.set(path, cleanChange())
  return changes
}

const cleanChange = () => Dict.of({ removed: 'Removed due to clean' })

function previewedClean(call: StateCall, folder: string, levels: readonly Level[]): string[] {
  const keep = requiredFiles(call, folder)
  const exclude = call.args.value('exclude_pat')
  const parents = new Set([...keep].flatMap(path => parentsOf(path, folder)))
  return levels
    .flatMap(level => [...level.files, ...level.folders])
    .filter(path => !keep.has(path) && !parents.has(path) && isIncluded(relative(folder, path), null, exclude))
}

function parentsOf(path: string, root: string): string[] {
  const parent = dirname(path)
  return parent.length > root.length ? [parent, ...parentsOf(parent, root)] : []
}

/** What of owner and mode is not as wanted; empty where nothing is there to look at. */
function differing(shell: Shell, path: string, { user, group, mode }: Ownership, followLinks: boolean): Dict {
  const changes = new Dict()
  if (!statsOf(path, followLinks)) return changes
  const present = attributesOf(shell, path, followLinks)
  if (user !== null && user !== present.user && user !== String(present.uid)) changes.set('user', user)
  if (group !== null && group !== present.group && group !== String(present.gid)) changes.set('group', group)
  const isLink = statsOf(path, false)?.isSymbolicLink() && !followLinks
  if (mode !== null && mode !== present.mode && !isLink) changes.set('mode', mode)
  return changes
}

function previewText(changes: Dict): string {
  const lines = [...changes].flatMap(([path, what]) =>
    what instanceof Dict ? [...what].map(([key, value]) => `${textOf(path)}: ${textOf(key)} - ${textOf(value)}\n`) : [],
  )
  return `The following files will be changed:\n${lines.join('')}`
}

export function makeFolder(shell: Shell, wanted: WantedFolder): string | null {
  const { path, ownership } = wanted
  if (!statsOf(dirname(path))?.isDirectory()) {
    if (!wanted.makeParents) return `No directory to create ${path} in`
    makeParents(shell, path, ownership)
  }
  mkdirSync(path)
  const { faults } = applyOwnership(shell, path, ownership, { test: false })
  return faults.length ? faults.join('; ') : null
}

function changeFolder(
  call: StateCall,
  wanted: WantedFolder,
  recurse: Recurse,
  levels: readonly Level[],
  changes: Dict,
): StateReturn {
  const { args, tools } = call
  const { path, ownership } = wanted
  const followLinks = args.flag('follow_symlinks')
  const faults: string[] = []
  const apply = (target: string, own: Ownership | null) => {
    if (!own || !statsOf(target, followLinks)) return
    const applied = applyOwnership(tools.shell, target, own, { test: false, followLinks })
    record(changes, applied)
    faults.push(...applied.faults)
  }
  if (!args.flag('children_only')) apply(path, ownership)
  if (recurse.has('silent')) {
    changes.clear()
    changes.set('recursion', 'Changes silenced')
  }
  const { files, folders } = below(wanted, recurse)
  for (const level of levels) {
    for (const file of level.files) apply(file, files)
    for (const folder of level.folders) apply(folder, folders)
  }
  const cleaned = args.flag('clean') ? cleanFolder(call, path, changes) : false
  if (faults.length) return failed(faults.join('; '), changes)
  const updated = args.flag('children_only') ? `Directory ${path}/* updated` : `Directory ${path} updated`
  return { result: true, changes, comment: cleaned ? `Files cleaned from directory ${path}` : updated }
}

function cleanFolder(call: StateCall, folder: string, changes: Dict): boolean {
  const removed = uncleanPaths(folder, requiredFiles(call, folder), call.args.value('exclude_pat'))
  for (const path of removed) rmSync(path, { recursive: true, force: true })
  if (removed.length) changes.set('removed', removed)
  return removed.length > 0
}

/** Makes sure that there is a folder, for states that fill one. */
export function ensureFolder(shell: Shell, path: string, ownership: Ownership): string | null {
  try {
    makeFolders(shell, path, ownership)
    return null
  } catch (error) {
    return faultText(error)
  }
}
