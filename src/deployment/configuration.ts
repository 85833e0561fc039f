/** The configuration of a deployment: read anew, kept when it succeeded, brought back with the release that ran before. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environmentSecrets } from '../configuration/environment.ts'
import { fromJson, toJson } from '../configuration/json.ts'
import { merged } from '../configuration/merge.ts'
import { readSaved, withSnapshot, writeSaved } from '../configuration/saved.ts'
import { secretValues } from '../configuration/secrets.ts'
import { jsonIfThere, textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { DeploymentRecord } from '../pipeline/history.ts'
import { configurationFile, type FreshConfiguration, installerOf, loadConfiguration } from '../project/configuration.ts'
import { folderTree, type ProjectTree, treeOfRelease } from '../project/tree.ts'
import { keptEnvironment } from '../project/variables.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Deployment } from './deployment.ts'
import { keepEnvironment } from './variables.ts'

/** Reads it anew for a tree, by default the one that is worked on, and the pillar. `cfg` stays the same object: state files hold it. */
export async function readConfiguration(
  deployment: Deployment,
  tree: ProjectTree = treeWorkedOn(deployment),
): Promise<FreshConfiguration> {
  const { layout, installers, request } = deployment
  const read = await loadConfiguration(layout, tree, installers, request.arguments)
  replaceContent(deployment.cfg, read.cfg)
  hideSecrets(deployment)
  deployment.found.installer = read.installer
  return read
}

/** What the tree says of itself, where an archive has just brought it, below all that was known before. */
export async function completeConfiguration(deployment: Deployment): Promise<void> {
  const { layout, installers, request, cfg } = deployment
  const read = await loadConfiguration(layout, treeWorkedOn(deployment), installers, request.arguments)
  replaceContent(cfg, merged(read.cfg, cfg))
  deployment.found.installer = read.installer
}

/** No log shows what the configuration calls a secret, nor the variables that people set. */
export function hideSecrets({ hide, cfg, environment }: Deployment): void {
  hide(secretValues(cfg))
  hide(environmentSecrets(environment.variables))
}

/** After a success: every variable and the api_version, for the project and with the release. */
export function keepConfiguration(deployment: Deployment): void {
  const { layout, release, cfg } = deployment
  const saved = readSaved(layout.savedConfiguration)
  const text = JSON.stringify(toJson(cfg))
  // Flushing to the disk is the dearest thing that a small push does: only for news.
  if (text !== JSON.stringify(saved.snapshot && toJson(saved.snapshot))) {
    writeSaved(layout.savedConfiguration, withSnapshot(saved, cfg, release))
  }
  if (existsSync(layout.release(release))) {
    writeWhole(configurationFile(layout, release), text, { mode: 0o600 })
    keepEnvironment(deployment)
    rememberSaved(layout, savedFile(layout, release))
  }
}

/** Copies what is saved of the configuration: state files of a deployment may save more, and a failure takes that back. */
export function rememberSaved(layout: ProjectLayout, copy: string): void {
  const text = textIfThere(layout.savedConfiguration)
  if (text !== undefined) writeWhole(copy, text, { mode: 0o600 })
}

/** Puts such a copy back, where there is one that differs. */
export function restoreSaved(layout: ProjectLayout, copy: string): void {
  const text = textIfThere(copy)
  if (text !== undefined && text !== textIfThere(layout.savedConfiguration))
    writeWhole(layout.savedConfiguration, text, { mode: 0o600 })
}

/** What was saved when a release had succeeded. */
export const savedFile = (layout: ProjectLayout, release: DeploymentRecord['release']): string =>
  join(layout.release(release), 'configuration.saved.json')

/** The configuration that a release ran with; where it was not kept, what the folders say now. */
export async function restoreConfiguration(deployment: Deployment, to: DeploymentRecord | null): Promise<void> {
  const kept = to && (jsonIfThere(configurationFile(deployment.layout, to.release)) as unknown)
  const value = kept ? fromJson(kept) : null
  if (value instanceof Dict) {
    replaceContent(deployment.cfg, value)
    deployment.found.environment = keptEnvironment(deployment.layout, (to as DeploymentRecord).release)
    hideSecrets(deployment)
    deployment.found.installer = await installerOf(
      value,
      deployment.layout,
      treeWorkedOn(deployment),
      deployment.installers,
    )
  } else if (to) await readConfiguration(deployment)
}

/** The tree that a deployment works on now. */
export const treeWorkedOn = ({ layout, mode, tree }: Pick<Deployment, 'layout' | 'mode' | 'tree'>): ProjectTree =>
  mode === 'editable' || tree === null ? folderTree(layout.editableTree) : treeOfRelease(layout, tree)

/** For a deployment that runs no initialization: what the installer found out when the running release was made. */
export function keepFindings(deployment: Pick<Deployment, 'layout' | 'previous' | 'cfg' | 'installer'>): void {
  const { layout, previous, cfg, installer } = deployment
  if (previous === null || installer.finds.length === 0) return
  const kept = jsonIfThere(configurationFile(layout, previous.release)) as unknown
  const value = kept ? fromJson(kept) : null
  if (!(value instanceof Dict)) return
  for (const key of installer.finds) {
    const found = value.get(key)
    if (found !== undefined) cfg.set(key, found)
  }
}

function replaceContent(target: Dict, content: Dict): void {
  if (target === content) return
  target.clear()
  for (const [key, value] of content) target.set(key, value)
}
