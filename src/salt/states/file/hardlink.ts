/** file.hardlink: a second name of a file. */

import { dirname, isAbsolute } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { linkSync, rmSync } from '../../system/files.ts'
import { ownerArguments } from './arguments.ts'
import { ownershipOf, statsOf } from './attributes.ts'
import { makeParents } from './folders.ts'
import { faultText } from './os-error.ts'

export const hardlink = defineState({
  does: 'Gives a file a second name.',
  arguments: {
    target: { does: 'The file.', type: 'path', required: true },
    force: { does: 'Removes a file that is in the way.', type: 'boolean', default: false },
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
    ...ownerArguments,
    dir_mode: { does: 'The mode of folders that are made.', type: 'mode' },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runHardlink,
})

function runHardlink(call: StateCall): StateReturn {
  const { args, name, test, tools } = call
  const target = args.text('target')
  if (!isAbsolute(name)) return failed(`Specified file ${name} is not an absolute path`)
  if (!isAbsolute(target)) return failed(`Specified target ${target} is not an absolute path`)
  const there = statsOf(name, false)
  const wanted = statsOf(target, false)
  if (there && wanted && there.ino === wanted.ino && there.dev === wanted.dev)
    return succeeded(
      test
        ? `The hard link ${name} is presently targetting ${target}`
        : `Target of hardlink ${name} is already pointing to ${target}`,
    )
  if (there && !args.flag('force')) return failed(`File exists where the hard link ${name} should be`)
  if (test)
    return there
      ? wouldChange(
          `The file or directory ${name} is set for removal to make way for a new hard link targeting ${target}`,
        )
      : wouldChange(`Hard link ${name} to ${target} is set for creation`, { new: name })
  if (!statsOf(dirname(name))?.isDirectory()) {
    if (!args.flag('makedirs')) return failed(`Directory ${dirname(name)} for hard link is not present`)
    makeParents(tools.shell, name, { ...ownershipOf(args, 'dir_mode'), mode: args.mode('dir_mode') })
  }
  try {
    if (there) rmSync(name)
    linkSync(target, name)
  } catch (error) {
    return failed(`Unable to create new hard link ${name} -> ${target}: ${faultText(error)}`)
  }
  return succeeded(`Created new hard link ${name} -> ${target}`, { new: name })
}
