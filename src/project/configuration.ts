import { join } from 'node:path'
import { fromJson } from '../configuration/json.ts'
import { merged } from '../configuration/merge.ts'
import { resolveConfiguration } from '../configuration/resolve.ts'
import { withoutRights } from '../configuration/rights.ts'
import { readSaved } from '../configuration/saved.ts'
import { settingsLayer } from '../configuration/setting.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { isEngineInstalled } from '../containers/installed.ts'
import { jsonIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import { folderFiles, subtree, type TreeFiles } from '../kernel/tree-files.ts'
import type { DeploymentRecord } from '../pipeline/history.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { ownAccountNames } from '../shell/account.ts'
import { applicationPath } from './application-path.ts'
import { assetsBeside, type Detection, detectInstaller, saysWhatRuns } from './detection.ts'
import { type Found, readFound } from './found.ts'
import { hasWork } from './has-work.ts'
import { findInstaller, type Installer, type InstallerFolders, isForeign } from './installer.ts'
import { readPillar } from './pillar.ts'
import type { ProjectTree } from './tree.ts'

export interface ProjectConfiguration {
  readonly cfg: Dict
  readonly installer: Installer
}

/** Read anew from pillar and tree. */
export interface FreshConfiguration extends ProjectConfiguration {
  /** What the tree says of itself: for those who push it. */
  readonly found: Found
  /** `auto` was asked, and knows nothing that this tree could be for. */
  readonly undetected: boolean
  /** It is to run in containers, and nothing here could do that. */
  readonly lacksEngine: boolean
  /** Settings that a developer's own tree has, and that only root says. */
  readonly unheeded: readonly string[]
}

/**
 * The configuration as it stands in the folders: the pillar's working copy, the tree's sample, what was saved.
 * The installer's defaults are a low layer, and its name may come from a higher one: so it is asked for twice where needed.
 */
export async function loadConfiguration(
  layout: ProjectLayout,
  tree: ProjectTree,
  installers: string,
  args: Readonly<Record<string, string>> = {},
): Promise<FreshConfiguration> {
  const fixed = { name: layout.name, paths: pathsOf(layout), account: ownAccountNames(layout) }
  const pillar = await readPillar(layout.pillar, layout.name)
  const saved = readSaved(layout.savedConfiguration).settings
  const unheeded = new Set<string>()
  const sample = await sampleOf(layout, tree.salt, unheeded)
  const layers = {
    fixed,
    pillar,
    saved,
    args: await argumentsLayer(args),
    ...(sample === undefined ? {} : { sample }),
  }
  const first = resolveConfiguration(layers)
  const files = subtree(tree.files, applicationPath(first))
  const folders = installerFolders(layout, tree.salt, installers)
  const absent = new Set(hasEngine(first) ? [] : ['docker'])
  const detected =
    settingOf(first, 'installer') === 'auto' ? await detectInstaller(folders, files, tree.files, absent) : null
  const installer = await findInstaller(detected?.name ?? settingOf(first, 'installer'), folders)
  const found = withPassedOver(readFound(installer.reads, files), layout.name, detected)
  const assets = assetsOf(first, installer, files)
  const below = await Promise.all(assets.map(name => findInstaller(name, folders)))
  const defaults = defaultsOf(installer, below, found)
  if (detected?.because) defaults.set('installer_chosen', `${installer.name}, because of ${detected.because}`)
  if (assets.length > 0) defaults.set('assets', assets)
  const cfg = defaults.size === 0 ? first : resolveConfiguration({ ...layers, installer: defaults })
  const undetected = detected !== null && detected.because === null && !saysWhatRuns(cfg)
  for (const one of [installer, ...below]) for (const name of one.unheeded) unheeded.add(name)
  return { cfg, installer, found, undetected, lacksEngine: absent.has(installer.name), unheeded: [...unheeded] }
}

function hasEngine(cfg: Dict): boolean {
  const docker = cfg.get('docker')
  const engine = docker instanceof Dict ? docker.get('engine') : null
  return isEngineInstalled(typeof engine === 'string' ? engine : null)
}

/** That it is not run as its first file says is told with each push, since the machine may be another tomorrow. */
function withPassedOver(found: Found, project: string, detected: Detection | null): Found {
  const passed = detected?.passedOver
  if (!passed) return found
  const sentence = `${passed.because} is there, and no container engine: to run it as that says, apt-get install docker.io and corpus config set ${project} installer=${passed.name}`
  return { ...found, notices: [sentence, ...found.notices] }
}

/** What the configuration names, else what stands beside the language that runs. */
function assetsOf(cfg: Dict, installer: Installer, files: TreeFiles): string[] {
  const named = settingOf(cfg, 'assets')
  if (named === null) return assetsBeside(installer.name, files)
  return Array.isArray(named) ? named.map(String) : named === false ? [] : [String(named)]
}

/** The installer's own over those of what builds assets beside it; each folder of their search paths counts. */
function defaultsOf(installer: Installer, assets: readonly Installer[], found: Found): Dict {
  const wanted = ['environment', 'search_path', ...assets.map(one => one.name)]
  const below = assets.map(one => chosenKeys(one.defaults, wanted))
  const all = [...below, installer.defaults, found.defaults]
  const defaults = all.reduce((lower, upper) => merged(lower, upper), new Dict())
  const folders = [...all].reverse().flatMap(layer => layer.get('search_path') ?? [])
  if (folders.length > 0) defaults.set('search_path', [...new Set(folders as Value[])])
  return defaults
}

async function argumentsLayer(args: Readonly<Record<string, string>>): Promise<Dict> {
  const texts = Object.entries(args).map(([key, value]) => `${key}=${value}`)
  if (texts.length === 0) return new Dict()
  const { settingValue } = await import('../configuration/setting-value.ts')
  return settingsLayer(texts, settingValue)
}

/** The configuration that a kept release ran with; where it was not kept, what the folders say now. */
export async function configurationOfRelease(
  layout: ProjectLayout,
  release: ReleaseId,
  tree: ProjectTree,
  installers: string,
): Promise<ProjectConfiguration> {
  const kept = jsonIfThere(configurationFile(layout, release)) as unknown
  const cfg = kept ? fromJson(kept) : null
  if (!(cfg instanceof Dict)) return loadConfiguration(layout, tree, installers)
  return { cfg, installer: await installerOf(cfg, layout, tree, installers) }
}

/**
 * What `auto` chose stands beside it. Where it found nothing, the tree is asked again: a project that begins empty is known by
 * its first push.
 */
export async function installerOf(
  cfg: Dict,
  layout: ProjectLayout,
  tree: ProjectTree,
  installers: string,
): Promise<Installer> {
  const folders = installerFolders(layout, tree.salt, installers)
  const named = settingOf(cfg, 'installer')
  const chosen = /^(\S+), because of /.exec(String(cfg.get('installer_chosen') ?? ''))?.[1]
  if (named !== 'auto' || chosen !== undefined)
    return findInstaller(named === 'auto' ? (chosen ?? named) : named, folders)
  const { name } = await detectInstaller(folders, subtree(tree.files, applicationPath(cfg)), tree.files)
  return findInstaller(name, folders)
}

function chosenKeys(from: Dict, wanted: readonly string[]): Dict {
  const chosen = new Dict()
  for (const [key, value] of from) if (wanted.includes(String(key))) chosen.set(key, value)
  return chosen
}

/** `salt`: the folder of the project's own state files. */
export const installerFolders = (layout: ProjectLayout, salt: string, installers: string): InstallerFolders => ({
  official: installers,
  extra: join(layout.root, 'corpus', 'installers'),
  salt,
})

/** Where a release keeps the configuration that it ran with. */
export const configurationFile = (layout: ProjectLayout, release: DeploymentRecord['release']) =>
  join(layout.release(release), 'configuration.json')

/**
 * `.salt/PILLAR.sample` is a template itself: rendered with what is known below it. That of a tree which is a developer's own
 * does not say whose rights anything has.
 */
async function sampleOf(
  layout: ProjectLayout,
  salt: string,
  unheeded: Set<string>,
): Promise<((soFar: Dict) => Value) | undefined> {
  const path = join(salt, 'PILLAR.sample')
  const text = folderFiles(salt).text('PILLAR.sample')
  if (text === undefined || !hasWork(text)) return undefined
  const { readSample } = await import('./pillar-sample.ts')
  if (!isForeign(salt)) return soFar => readSample({ path, text }, layout, soFar)
  return soFar => {
    const value = readSample({ path, text }, layout, soFar)
    if (!(value instanceof Dict)) return value
    const heeded = [...withoutRights(value, unheeded)].map(([key, one]): [Value, Value] => [
      key,
      one instanceof Dict && /^makina-projects\./.test(String(key)) ? withoutRights(one, unheeded) : one,
    ])
    return Dict.of(heeded)
  }
}

/** The paths that state files read, by the names that makina-states gave them. */
function pathsOf(layout: ProjectLayout): Record<string, string> {
  return {
    project_dir: layout.home,
    project_root: layout.project,
    pillar_root: layout.pillar,
    salt_root: layout.salt,
    data_root: layout.data,
    build_root: layout.build,
    deploy_root: layout.deploy,
    archives_root: layout.archives,
    releases_root: layout.releases,
    git_root: layout.git,
    project_git_root: layout.projectGit,
    pillar_git_root: layout.pillarGit,
    push_project_url: layout.projectGit,
    push_pillar_url: layout.pillarGit,
  }
}
