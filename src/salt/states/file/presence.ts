/** file.absent, file.exists and file.missing: whether something of a name is there. */

import { isAbsolute, normalize } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { existsSync, rmSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'
import { faultText } from './os-error.ts'

export const absent = defineState({
  does: 'Removes a file, a link, or a folder with all that is in it.',
  arguments: {},
  otherArguments: 'Any other argument is accepted and ignored.',
  run: runAbsent,
})

export const exists = defineState({
  does: 'Fails where there is nothing of that name.',
  arguments: {},
  otherArguments: 'Any other argument is accepted and ignored.',
  run: ({ name }) =>
    existsSync(name) ? succeeded(`Path ${name} exists`) : failed(`Specified path ${name} does not exist`),
})

export const missing = defineState({
  does: 'Fails where there is something of that name.',
  arguments: {},
  otherArguments: 'Any other argument is accepted and ignored.',
  run: ({ name }) =>
    existsSync(name) ? failed(`Specified path ${name} exists`) : succeeded(`Path ${name} is missing`),
})

function runAbsent({ name, test }: StateCall): StateReturn {
  if (!isAbsolute(name)) return failed(`Specified file ${name} is not an absolute path`)
  if (normalize(name).replace(/\/+$/, '') === '') return failed('Refusing to make "/" absent')
  const there = statsOf(name, false)
  if (!there) return succeeded(`File ${name} is not present`)
  const kind = there.isDirectory() ? 'directory' : 'file'
  const changes = { removed: name }
  if (test) return wouldChange(`${kind === 'file' ? 'File' : 'Directory'} ${name} is set for removal`, changes)
  try {
    // Without its trailing slash a link to a folder is removed, not what it points to.
    rmSync(name.replace(/(.)\/+$/, '$1'), { recursive: true })
  } catch (error) {
    return failed(kind === 'file' ? faultText(error) : `Failed to remove directory ${name}`)
  }
  return succeeded(`Removed ${kind} ${name}`, changes)
}
