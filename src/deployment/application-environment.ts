/** The variables that every process, build step and one-off command of a project sees. */

import { accessSync, constants } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { atHome } from '../project/account.ts'
import { Dict } from '../salt/python/dict.ts'
import { str } from '../salt/python/repr.ts'
import type { Value } from '../salt/python/value.ts'
import type { Environment } from '../services/environment.ts'
import { environmentOfAccount } from '../shell/environment.ts'
import { systemPath } from '../shell/programs.ts'
import { textOf } from '../shell/shell.ts'
import type { Deployment } from './deployment.ts'
import { sourceVariables, topOf } from './source.ts'

/**
 * Folders named by `search_path` of the configuration come first on PATH; those that are not absolute are the tree's own.
 * Later layers win: what the machine declares, what corpus says, `environment` of the configuration, what `corpus env` set.
 */
export function applicationEnvironment(
  deployment: Pick<Deployment, 'cfg' | 'layout' | 'account'> & Partial<Pick<Deployment, 'environment'>>,
  tree: string,
): Environment {
  const { cfg, layout, account } = deployment
  const environment = {
    ...environmentOfAccount(account === null ? null : atHome(account, layout)),
    PATH: usualPath(),
    CORPUS_PROJECT: layout.name,
    CORPUS_DATA: layout.data,
    CORPUS_BESIDE: dirname(topOf(layout, tree)),
    ...sourceVariables(layout, tree),
    ...ownVariables(deployment),
  }
  const first = searchFolders(settingOf(cfg, 'search_path')).map(path =>
    isAbsolute(path) ? path : join(path.startsWith('..') ? topOf(layout, tree) : tree, path),
  )
  if (first.length === 0) return environment
  return { ...environment, PATH: [...new Set([...first, ...String(environment.PATH).split(':')])].join(':') }
}

/** What people set: `environment` of the configuration, and over it what `corpus env` set. */
export function ownVariables({
  cfg,
  environment,
}: Pick<Deployment, 'cfg'> & Partial<Pick<Deployment, 'environment'>>): Environment {
  const set = [...(environment?.variables ?? [])].map(([name, { value }]) => [name, textOrBytes(value)] as const)
  return { ...configured(settingOf(cfg, 'environment')), ...Object.fromEntries(set) }
}

function textOrBytes(value: Uint8Array): string | Uint8Array {
  const text = textOf(value)
  return Buffer.compare(Buffer.from(text), value) === 0 ? text : value
}

const searchFolders = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : [])

function configured(value: Value | undefined): Record<string, string> {
  if (!(value instanceof Dict)) return {}
  const rows = [...value].filter(([, one]) => one !== null)
  return Object.fromEntries(rows.map(([name, one]) => [String(name), scalarText(one)]))
}

/** Numbers as state files print them; truth values as elsewhere in an environment. */
const scalarText = (value: Value): string => (typeof value === 'boolean' ? String(value) : str(value))

/** The usual folders, and that of the Node which runs this: an application without one of its own finds it last. */
export function usualPath(): string {
  const usual = systemPath.split(':')
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
