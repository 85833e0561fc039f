/** file.copy and file.rename: a file or folder of this machine, copied or moved. */

import { basename, dirname, isAbsolute, join } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { StateException } from '../../definition/exceptions.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { Dict } from '../../python/dict.ts'
import { cpSync, moveSync, renameSync, rmSync } from '../../system/files.ts'
import { ownerArguments } from './arguments.ts'
import {
  applyOwnership,
  attributesOf,
  groupName,
  type Ownership,
  ownerFault,
  ownershipOf,
  record,
  statsOf,
  userName,
} from './attributes.ts'
import { walk } from './clean.ts'
import { folderMode, makeParents } from './folders.ts'
import { hashOf } from './source.ts'

export const copy = defineState({
  does: 'Copies a file or folder of this machine, where there is none yet.',
  arguments: {
    source: { does: 'What is copied.', type: 'path', required: true },
    force: { does: 'Replaces what is there.', type: 'boolean', default: false },
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
    preserve: { does: 'Keeps owner, group and mode of the source.', type: 'boolean', default: false },
    ...ownerArguments,
    mode: { does: 'The mode; default: that of the source.', type: 'mode' },
    dir_mode: { does: 'The mode of folders that are made.', type: 'mode' },
    subdir: { does: 'Copies into a folder of the name, where there is one.', type: 'boolean', default: false },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runCopy,
})

export const rename = defineState({
  does: 'Moves a file or folder of this machine, where it is still there.',
  arguments: {
    source: { does: 'What is moved.', type: 'path', required: true },
    force: { does: 'Replaces what is there.', type: 'boolean', default: false },
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runRename,
})

function runCopy(call: StateCall): StateReturn {
  const { args, tools, test } = call
  const source = args.text('source')
  if (!isAbsolute(call.name)) return failed(`Specified file ${call.name} is not an absolute path`)
  if (!statsOf(source)) return failed(`Source file "${source}" is not present`)
  const ownership = copyOwnership(call, source)
  const owners = ownerFault(tools.shell, ownership, test)
  if (owners) return failed(owners)
  const into = args.flag('subdir') && statsOf(call.name)?.isDirectory() === true
  const name = into ? join(call.name, basename(source)) : call.name
  const there = statsOf(name, false)
  if (there && !args.flag('force')) return succeeded(`The target file "${name}" exists and will not be overwritten`)
  if (test) return wouldChange(`File "${source}" is set to be copied to "${name}"`)
  const folder = dirname(name)
  if (!statsOf(folder)?.isDirectory()) {
    if (!args.flag('makedirs')) return failed(`The target directory ${folder} is not present`)
    makeParents(tools.shell, name, { ...ownership, mode: args.mode('dir_mode') ?? folderMode(ownership.mode) })
  }
  return placeCopy(call, source, name, ownership)
}

function placeCopy(call: StateCall, source: string, name: string, ownership: Ownership): StateReturn {
  const { shell } = call.tools
  const identical = statsOf(name)?.isFile() && statsOf(source)?.isFile() && hashOf(name) === hashOf(source)
  const neighbour = join(dirname(name), `.${basename(name).slice(0, 60)}.${process.pid}.copy`)
  try {
    rmSync(neighbour, { recursive: true, force: true })
    cpSync(source, neighbour, { dereference: true })
    if (statsOf(name, false)) rmSync(name, { recursive: true })
    renameSync(neighbour, name)
  } catch (error) {
    rmSync(neighbour, { recursive: true, force: true })
    if (error instanceof StateException) return failed(error.message)
    return failed(`Failed to copy "${source}" to "${name}"`)
  }
  const changes = Dict.of([[name, source]])
  const { user, group } = ownership
  if (statsOf(name)?.isDirectory())
    for (const path of walk(name).flatMap(level => level.paths))
      applyOwnership(shell, path, { user, group, mode: null }, { test: false, followLinks: false })
  const applied = applyOwnership(shell, name, ownership, { test: false })
  if (!call.args.flag('preserve')) record(changes, applied)
  if (applied.faults.length) return failed(applied.faults.join('; '), changes)
  const note = identical ? ' - files are identical but force flag is set' : ''
  return { result: true, changes, comment: `Copied "${source}" to "${name}"${note}` }
}

function copyOwnership(call: StateCall, source: string): Ownership {
  const { args, tools } = call
  const present = attributesOf(tools.shell, source)
  if (args.flag('preserve')) return { user: present.user, group: present.group, mode: present.mode }
  const { user, group, mode } = ownershipOf(args)
  return {
    user: user ?? userName(tools.shell, process.getuid?.() ?? 0),
    group: group ?? (user === null ? groupName(tools.shell, process.getgid?.() ?? 0) : null),
    mode: mode ?? present.mode,
  }
}

function runRename(call: StateCall): StateReturn {
  const { args, name, test, tools } = call
  const source = args.text('source')
  if (!isAbsolute(name)) return failed(`Specified file ${name} is not an absolute path`)
  if (!statsOf(source, false)) return succeeded(`Source file "${source}" has already been moved out of place`)
  const there = statsOf(name, false)
  if (there && !args.flag('force')) return succeeded(`The target file "${name}" exists and will not be overwritten`)
  if (test) return wouldChange(`File "${source}" is set to be moved to "${name}"`)
  const folder = dirname(name)
  if (!statsOf(folder)?.isDirectory()) {
    if (!args.flag('makedirs')) return failed(`The target directory ${folder} is not present`)
    makeParents(tools.shell, name, { user: null, group: null, mode: null })
  }
  try {
    if (there?.isDirectory()) rmSync(name, { recursive: true })
    moveSync(source, name)
  } catch (error) {
    if (error instanceof StateException) return failed(error.message)
    return failed(`Failed to move "${source}" to "${name}"`)
  }
  return { result: true, changes: Dict.of([[name, source]]), comment: `Moved "${source}" to "${name}"` }
}
