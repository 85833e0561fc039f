/** Finds the file of an SLS name: `a.b` is a/b.sls, else a/b/init.sls; `a/b.c`, of our own asking, may be a/b.c.sls too. */

import type { FileRoots } from '../context/roots.ts'
import { readFileSync } from '../system/files.ts'

/** A file larger than this is no state file. */
const sourceLimitBytes = 8 * 1024 * 1024

export function findSls(roots: FileRoots, sls: string): { path: string; address: string } | null {
  if (sls === '' || sls.includes('\0')) return null
  const base = sls.replaceAll('.', '/')
  const literal = sls.includes('/') ? [`${sls}.sls`] : []
  for (const address of [`${base}.sls`, `${base}/init.sls`, ...literal]) {
    const path = roots.find(address)
    if (path !== null) return { path, address }
  }
  return null
}

/** Throws an Error that says what is wrong with the file: too large, or not UTF-8. */
export function readSource(path: string): string {
  const bytes = readFileSync(path)
  if (bytes.length > sourceLimitBytes)
    throw new Error(`The file has ${bytes.length} bytes; a state file may have ${sourceLimitBytes}.`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new Error('The file is not UTF-8 text.')
  }
}

/** The names of all SLS files below the roots, for globs in `include` and in requested names. */
export function slsNames(roots: FileRoots): string[] {
  const names = roots
    .list('')
    .filter(({ name }) => name.endsWith('.sls'))
    .map(({ name }) =>
      name
        .slice(0, -'.sls'.length)
        .replace(/\/init$/, '')
        .replaceAll('/', '.'),
    )
  return [...new Set(names)].sort()
}
