/** Which files a folder that is kept clean must keep, and which patterns spare a file. */

import { dirname, join, relative } from 'node:path'
import type { StateCall } from '../../definition/define.ts'
import { textOf } from '../../definition/values.ts'
import { globMatches } from '../../language/glob.ts'
import type { Step } from '../../language/step.ts'
import { Dict } from '../../python/dict.ts'
import { compileRegex, search } from '../../python/regex.ts'
import type { Value } from '../../python/value.ts'
import { readdirSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'

/** A glob over the whole relative path, or a regular expression after "E@"; a list matches where one does. */
function matchesPattern(pattern: Value, path: string): boolean {
  const patterns = Array.isArray(pattern) ? pattern.map(textOf) : [textOf(pattern)]
  return patterns.some(one =>
    one.startsWith('E@') ? search(compileRegex(one.slice(2)), path) !== null : globMatches(one, path),
  )
}

export function isIncluded(path: string, include: Value, exclude: Value): boolean {
  if (include && !matchesPattern(include, path)) return false
  return !(exclude && matchesPattern(exclude, path))
}

/** The files that the required file states of a call manage, as far as they are below the folder. */
export function requiredFiles(call: StateCall, folder: string): Set<string> {
  const keep = new Set<string>()
  for (const step of requiredSteps(call)) {
    const path = step.name.replace(/(.)\/+$/, '$1')
    if (!statsOf(path)?.isDirectory()) keep.add(path)
    else if (path.startsWith(`${folder}/`)) {
      keep.add(path)
      const files =
        step.function === 'recurse' ? recursedFiles(call, step, path) : walk(path).flatMap(entry => entry.paths)
      for (const file of files) keep.add(file)
    }
  }
  return keep
}

function requiredSteps({ step, steps }: StateCall): Step[] {
  const required = step.arguments.get('require') ?? null
  const names = (Array.isArray(required) ? required : [])
    .filter(item => item instanceof Dict && item.has('file'))
    .map(item => textOf((item as Dict).get('file') ?? null))
  return steps.filter(other => other.module === 'file' && names.some(name => name === other.id || name === other.name))
}

function recursedFiles(call: StateCall, step: Step, folder: string): string[] {
  const source = step.arguments.get('source') ?? null
  return call.tools.files
    .list(textOf(Array.isArray(source) ? (source[0] ?? '') : source))
    .filter(({ name }) =>
      isIncluded(name, step.arguments.get('include_pat') ?? null, step.arguments.get('exclude_pat') ?? null),
    )
    .map(({ name }) => join(folder, name))
}

/** Everything below the folder that is not kept, the uppermost only; what patterns spare stays. */
export function uncleanPaths(folder: string, keep: ReadonlySet<string>, exclude: Value): string[] {
  const kept = new Set<string>()
  for (const path of keep)
    for (let at = path; at.length >= folder.length && !kept.has(at); at = dirname(at)) {
      kept.add(at)
      if (at === dirname(at)) break
    }
  return below(folder, folder, kept, exclude)
}

function below(root: string, folder: string, kept: ReadonlySet<string>, exclude: Value): string[] {
  return entriesOf(folder).flatMap(({ path, isFolder }) => {
    const spared = kept.has(path) || !isIncluded(relative(root, path), null, exclude)
    if (!spared) return [path]
    return isFolder ? below(root, path, kept, exclude) : []
  })
}

export interface Level {
  readonly folder: string
  readonly folders: readonly string[]
  readonly files: readonly string[]
  readonly paths: readonly string[]
}

/** The folder and those below it, from the top, as deep as `depth`; links are not followed. */
export function walk(folder: string, depth = Number.POSITIVE_INFINITY): Level[] {
  const entries = entriesOf(folder)
  const folders = entries.filter(({ isFolder }) => isFolder).map(({ path }) => path)
  const files = entries.filter(({ isFolder }) => !isFolder).map(({ path }) => path)
  const level: Level = { folder, folders, files, paths: [...folders, ...files] }
  return depth <= 1 ? [level] : [level, ...folders.flatMap(path => walk(path, depth - 1))]
}

function entriesOf(folder: string): { path: string; isFolder: boolean }[] {
  if (!statsOf(folder)?.isDirectory()) return []
  return readdirSync(folder, { withFileTypes: true }).map(entry => ({
    path: join(folder, entry.name),
    isFolder: entry.isDirectory(),
  }))
}
