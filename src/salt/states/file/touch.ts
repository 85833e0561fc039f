/** file.touch: an empty file, or new times for one that is there. */

import { dirname, isAbsolute } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { utimesSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'
import { makeParents } from './folders.ts'
import { putFile } from './put.ts'

export const touch = defineState({
  does: 'Makes an empty file, or sets the times of one that is there.',
  arguments: {
    atime: { does: 'When it was last read, seconds since 1970; default now.', type: 'number' },
    mtime: { does: 'When it was last written.', type: 'number' },
    makedirs: { does: 'Makes the folders above it that are missing.', type: 'boolean', default: false },
  },
  run: runTouch,
})

function runTouch(call: StateCall): StateReturn {
  const { name, args, tools, test } = call
  if (!isAbsolute(name)) return failed(`Specified file ${name} is not an absolute path`)
  const there = statsOf(name)
  const [atime, mtime] = [args.numberOrNone('atime'), args.numberOrNone('mtime')]
  if (test) return preview(name, atime, mtime)
  if (args.flag('makedirs')) makeParents(tools.shell, name, { user: null, group: null, mode: null })
  if (!statsOf(dirname(name))?.isDirectory()) return failed(`Directory not present to touch file ${name}`)
  if (!there) putFile(name, '')
  setTimes(name, atime, mtime)
  if (!there) return succeeded(`Created empty file ${name}`, { new: name })
  return succeeded(`Updated times on ${there.isDirectory() ? 'directory' : 'file'} ${name}`, { touched: name })
}

export function setTimes(path: string, atime: number | null, mtime: number | null): void {
  const now = Date.now() / 1000
  utimesSync(path, atime || now, mtime || now)
}

function preview(name: string, atime: number | null, mtime: number | null): StateReturn {
  const there = statsOf(name, false)
  if (!there) return wouldChange(`File ${name} is set to be created`, { new: name })
  const differs =
    (atime !== null && atime !== Math.floor(there.atimeMs / 1000)) ||
    (mtime !== null && mtime !== Math.floor(there.mtimeMs / 1000))
  if (differs) return wouldChange(`Times set to be updated on file ${name}`, { touched: name })
  return succeeded(`File ${name} exists and has the correct times`, { new: name })
}
