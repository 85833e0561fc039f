/** The variables that every process, build step and one-off command of a project sees. */
import { accessSync, constants } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import type { Deployment } from './deployment.ts'

/**
 * Folders named by `search_path` of the configuration come first on PATH; those that are not absolute are the tree's own.
 * Later layers win: what corpus says, then `environment` of the configuration.
 */
export function applicationEnvironment(
  deployment: Pick<Deployment, 'cfg' | 'layout' | 'account'>,
  tree: string,
): Record<string, string> {
  const { cfg, layout, account } = deployment
  const environment: Record<string, string> = {
    PATH: usualPath(),
    HOME: account?.home ?? process.env['HOME'] ?? '/',
    USER: account?.name ?? process.env['USER'] ?? 'root',
    LANG: 'C.UTF-8',
    CORPUS_PROJECT: layout.name,
    CORPUS_DATA: layout.data,
    ...configured(cfg.get('environment')),
  }
  const first = searchFolders(cfg.get('search_path')).map(path => (isAbsolute(path) ? path : join(tree, path)))
  return { ...environment, PATH: [...new Set([...first, ...(environment['PATH'] ?? '').split(':')])].join(':') }
}

const searchFolders = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : [])

function configured(value: Value | undefined): Record<string, string> {
  if (!(value instanceof Dict)) return {}
  const rows = [...value].filter(([, one]) => one !== null)
  return Object.fromEntries(rows.map(([name, one]) => [String(name), String(one)]))
}

/** The usual folders, and that of the Node which runs this: an application without one of its own finds it last. */
function usualPath(): string {
  const usual = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const node = dirname(process.execPath)
  return [...usual.filter(isFolder), ...(usual.includes(node) ? [] : [node])].join(':')
}

function isFolder(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
