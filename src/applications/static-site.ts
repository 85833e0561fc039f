/** What a site of plain files says of itself: Staticfile (of Cloud Foundry, Dokku and Railpack), static.json (of Heroku), or where its page stands. */
import type { TreeFiles } from '../kernel/tree-files.ts'

export interface StaticSite {
  /** Below the tree; `.` is the tree itself. */
  readonly folder: string
  /** A path that answers where there is no such file, or null. */
  readonly fallback: string | null
  readonly faults: readonly string[]
}

/** Folders that others call the root of a site, when the tree has no page at its top. */
const siteFolders = ['public', 'dist', 'build', '_site', 'www', 'htdocs', 'site'] as const

export function readStaticSite(files: TreeFiles): StaticSite {
  const said = fromStaticJson(files) ?? fromStaticfile(files)
  const folder =
    said?.folder ?? (hasPage(files, '') ? '.' : (siteFolders.find(one => hasPage(files, `${one}/`)) ?? '.'))
  return { folder, fallback: said?.fallback ?? null, faults: said?.faults ?? [] }
}

const hasPage = (files: TreeFiles, folder: string): boolean =>
  files.has(`${folder}index.html`) || files.has(`${folder}index.htm`)

interface Said {
  readonly folder: string | null
  readonly fallback: string | null
  readonly faults: readonly string[]
}

function fromStaticJson(files: TreeFiles): Said | null {
  const text = files.text('static.json')
  if (text === undefined) return null
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    return { folder: null, fallback: null, faults: [`static.json is not JSON: ${(error as Error).message}.`] }
  }
  const { root, routes } = (content ?? {}) as { root?: unknown; routes?: unknown }
  const all = typeof routes === 'object' && routes !== null ? (routes as Record<string, unknown>)['/**'] : undefined
  // As there, public_html is the root where nothing is said.
  return {
    ...folderOf(typeof root === 'string' ? root : files.has('public_html') ? 'public_html' : null, 'static.json'),
    fallback: typeof all === 'string' && /^\/?[\w./-]+$/.test(all) ? `/${all.replace(/^\//, '')}` : null,
  }
}

function fromStaticfile(files: TreeFiles): Said | null {
  const text = files.text('Staticfile')
  if (text === undefined) return null
  const value = (key: string) =>
    new RegExp(`^[ \\t]*${key}[ \\t]*:[ \\t]*["']?([^"'#\\r\\n]{1,500}?)["']?[ \\t\\r]*(?:#.*)?$`, 'm').exec(text)?.[1]
  const falls = ['pushstate', 'index_fallback', 'spa'].some(key => /^(enabled|true|yes|on)$/i.test(value(key) ?? ''))
  return { ...folderOf(value('root') ?? null, 'Staticfile'), fallback: falls ? '/index.html' : null }
}

function folderOf(root: string | null, file: string): Pick<Said, 'folder' | 'faults'> {
  if (root === null) return { folder: null, faults: [] }
  const folder = root.trim().replace(/^(\.?\/)+|\/+$/g, '')
  const isFine =
    folder === '' ||
    folder === '.' ||
    (/^[\w .@+,-]+(\/[\w .@+,-]+)*$/.test(folder) && !folder.split('/').includes('..'))
  return isFine
    ? { folder: folder === '' ? '.' : folder, faults: [] }
    : { folder: null, faults: [`root in ${file} is not a folder below the project: ${root}.`] }
}
