/** file.tidied: removes what is old or large from a folder. */

import { basename, isAbsolute } from 'node:path'
import type { Args } from '../../definition/args.ts'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { compileRegex, match } from '../../python/regex.ts'
import { lstatSync, rmSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'
import { walk } from './clean.ts'
import { faultText } from './os-error.ts'

export const tidied = defineState({
  does: 'Removes files of a folder and below it that are old or large.',
  arguments: {
    age: { does: 'Days since the last use after which a file goes.', type: 'number', default: 0 },
    matches: { does: 'Patterns of names; only what one matches goes.', type: 'list' },
    rmdirs: { does: 'Removes folders too.', type: 'boolean', default: false },
    size: { does: 'The size from which a file goes: bytes, or 10k, 5m, 1g.', type: 'text', default: 0 },
    exclude: { does: 'Patterns of names that stay.', type: 'list' },
    full_path_match: { does: 'The patterns are of whole paths.', type: 'boolean', default: false },
    followlinks: { does: 'Accepted; links are not followed.', type: 'boolean', default: false },
    time_comparison: { does: 'Which time counts: atime, mtime or ctime.', type: 'text', default: 'atime' },
    age_size_logical_operator: { does: 'Whether both must hold: AND, or OR.', type: 'text', default: 'OR' },
    age_size_only: { does: 'Only one of them counts: age or size.', type: 'text' },
    rmlinks: { does: 'Removes links too.', type: 'boolean', default: true },
  },
  run: runTidied,
})

function runTidied(call: StateCall): StateReturn {
  const { name, test } = call
  if (!isAbsolute(name)) return failed(`Specified file ${name} is not an absolute path`)
  if (!statsOf(name)?.isDirectory()) return failed(`${name} does not exist or is not a directory.`)
  const goes = criterion(call)
  const doomed = walk(name)
    .toReversed()
    .flatMap(level => [...level.files, ...level.folders])
    .filter(goes)
  if (doomed.length === 0) return succeeded(`Nothing to remove from directory ${name}`)
  if (test) return wouldChange(`${name} is set for tidy`, { removed: doomed })
  const removed: string[] = []
  for (const path of doomed) {
    try {
      rmSync(path, { recursive: true, force: true })
      removed.push(path)
    } catch (error) {
      return failed(faultText(error), { removed })
    }
  }
  return succeeded(`Removed ${doomed.length} files or directories from directory ${name}`, { removed })
}

function criterion({ args }: StateCall): (path: string) => boolean {
  const patterns = (name: string) => args.texts(name).map(text => compileRegex(text))
  const [matches, exclude] = [patterns('matches'), patterns('exclude')]
  const time = `${args.text('time_comparison')}Ms` as 'atimeMs' | 'mtimeMs' | 'ctimeMs'
  const old = aged(args.number('age'), time)
  const large = sized(bytesOf(args.text('size')))
  const which = whichOf(args)
  return path => {
    const stats = lstatSync(path)
    if (stats.isSymbolicLink() ? !args.flag('rmlinks') : stats.isDirectory() && !args.flag('rmdirs')) return false
    const subject = args.flag('full_path_match') ? path : basename(path)
    if (matches.length && !matches.some(regex => match(regex, subject))) return false
    if (exclude.some(regex => match(regex, subject))) return false
    return which(old(path), large(path))
  }
}

/** A criterion that was not given does not count, unless neither was. */
function whichOf(args: Args): (old: boolean, large: boolean) => boolean {
  const only = args.text('age_size_only').toLowerCase()
  const [hasAge, hasSize] = [args.has('age'), args.has('size')]
  if (only === 'age' || (hasAge && !hasSize)) return old => old
  if (only === 'size' || (hasSize && !hasAge)) return (_old, large) => large
  const both = args.text('age_size_logical_operator').toUpperCase() === 'AND'
  return both ? (old, large) => old && large : (old, large) => old || large
}

const dayMilliseconds = 86_400_000

function aged(days: number, time: 'atimeMs' | 'mtimeMs' | 'ctimeMs'): (path: string) => boolean {
  const day = (milliseconds: number) => Math.floor(milliseconds / dayMilliseconds)
  return path => Math.abs(day(Date.now()) - day(lstatSync(path)[time])) >= days
}

function sized(bytes: number): (path: string) => boolean {
  return path => {
    const stats = lstatSync(path)
    return (stats.isFile() ? stats.size : 0) >= bytes
  }
}

function bytesOf(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)\s*([bkmgt]?)/i.exec(text) ?? []
  return Number(digits) * 1024 ** Math.max(0, 'bkmgt'.indexOf(unit.toLowerCase() || 'b'))
}
