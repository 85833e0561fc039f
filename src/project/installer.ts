/** Installers: a folder with a state file for each procedure and installer.yaml. Official, by absolute path, or inside a project's .salt. */

import { existsSync, readdirSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import { withoutRights } from '../configuration/rights.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { openAnywhere, textAnywhere } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { knownText } from '../kernel/known-texts.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { isRoot } from '../shell/account.ts'

export interface Installer {
  /** As the configuration names it. */
  readonly name: string
  readonly folder: string
  /** How state files include it: `makina-states.projects.2.nodejs` for an official one. */
  readonly prefix: string
  readonly does: string
  /** Globs of which one must be in the tree for `auto` to choose it. */
  readonly detects: readonly string[]
  readonly defaults: Dict
  /** Process type to command, where the project has no Procfile. */
  readonly processes: ReadonlyMap<string, string>
  /** Which of corpus's readers finds out what a tree says of itself (`found.ts`), or null. */
  readonly reads: string | null
  /** Keys of the configuration that its state files set: a deployment that does not run them takes them from the one before. */
  readonly finds: readonly string[]
  /** Whether somebody else than root writes in its folder. */
  readonly isForeign: boolean
  /** Settings among the defaults of such a one that only root says: they are left out. */
  readonly unheeded: readonly string[]
}

export interface InstallerFolders {
  /** With corpus. */
  readonly official: string
  /** `<root>/corpus/installers`: those of this machine. */
  readonly extra: string
  /** The project's own `.salt`. */
  readonly salt: string
}

/** Finds an installer and reads its description. Throws INSTALLER_UNKNOWN, INSTALLER_INVALID. */
export async function findInstaller(name: string, folders: InstallerFolders): Promise<Installer> {
  if (isAbsolute(name))
    return readInstaller(name, normalize(name), `installer.${normalize(name).split('/').filter(Boolean).join('.')}`)
  if (!/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/.test(name)) throw unknown(name, folders)
  for (const base of [folders.official, folders.extra]) {
    const folder = join(base, name)
    const prefix = `makina-states.projects.2.${name.replaceAll('/', '.')}`
    if (existsSync(join(folder, 'installer.yaml')))
      return readInstaller(name, folder, prefix, base === folders.official)
  }
  const own = join(folders.salt, name)
  if (existsSync(own)) return readInstaller(name, own, name.replaceAll('/', '.'))
  throw unknown(name, folders)
}

/** The names of the installers that are here. */
export function knownInstallers(folders: Pick<InstallerFolders, 'official' | 'extra'>): string[] {
  return [...new Set([folders.official, folders.extra].flatMap(namesOfInstallers))]
}

/** The installers in one folder. */
export function namesOfInstallers(base: string): string[] {
  return existsSync(base) ? readdirSync(base).filter(name => existsSync(join(base, name, 'installer.yaml'))) : []
}

/** Whether somebody else than root could have put there what root reads. An ordinary user's own all of it is. */
export function isForeign(folder: string): boolean {
  if (!isRoot()) return false
  const open = openAnywhere(folder)
  open?.close()
  return open?.isOurs !== true
}

/** A file of an installer; of one that lies where others write, without a link of theirs. */
export const textOfInstaller = (
  installer: Pick<Installer, 'folder' | 'isForeign'>,
  name: string,
): string | undefined =>
  installer.isForeign ? textAnywhere(join(installer.folder, name)) : knownText(join(installer.folder, name))

async function readInstaller(name: string, folder: string, prefix: string, isOfficial = false): Promise<Installer> {
  const path = join(folder, 'installer.yaml')
  const foreign = !isOfficial && isForeign(folder)
  const text = textOfInstaller({ folder, isForeign: foreign }, 'installer.yaml')
  if (text === undefined) {
    throw new CorpusError('INSTALLER_UNKNOWN', `The installer ${shown(name)} has no installer.yaml.`, {
      detail: `Looked for ${path}`,
    })
  }
  const id = `${path}\0${name}\0${prefix}\0${foreign}\0${text}`
  const known = read.get(id)
  if (known) return known
  const { readYaml } = await import('../salt/yaml/read.ts')
  const value = parsed(readYaml, path, text)
  const description = value === null ? new Dict() : value
  if (!(description instanceof Dict)) throw new CorpusError('INSTALLER_INVALID', `${path} is not a mapping.`)
  const unheeded = new Set<string>()
  const heeded = (layer: Dict) => (foreign ? withoutRights(layer, unheeded) : layer)
  const found = Dict.of(list(description.get('finds')).map(key => [key, null]))
  const installer: Installer = {
    name,
    folder,
    prefix,
    does: String(description.get('does') ?? ''),
    detects: list(description.get('detects')),
    defaults: heeded(mapping(description.get('defaults'), path, 'defaults')),
    finds: [...heeded(found).keys()].map(String),
    reads: typeof description.get('reads') === 'string' ? String(description.get('reads')) : null,
    processes: new Map(
      [...mapping(description.get('processes'), path, 'processes')].map(([key, command]) => [
        String(key),
        String(command),
      ]),
    ),
    isForeign: foreign,
    unheeded: [...unheeded],
  }
  read.set(id, installer)
  return installer
}

function parsed(readYaml: typeof import('../salt/yaml/read.ts').readYaml, path: string, text: string): Value {
  try {
    return readYaml({ path, text })
  } catch (cause) {
    const { line } = cause as { line?: number }
    throw new CorpusError('INSTALLER_INVALID', `${path} is no YAML${line === undefined ? '' : `: see line ${line}`}.`, {
      cause,
    })
  }
}

/** What a warm runner has read already, by name and content. */
const read = new Map<string, Installer>()

const list = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : [])

function mapping(value: Value | undefined, path: string, key: string): Dict {
  if (value === undefined || value === null) return new Dict()
  if (value instanceof Dict) return value
  throw new CorpusError('INSTALLER_INVALID', `${key} in ${path} is not a mapping.`)
}

function unknown(name: string, folders: InstallerFolders): CorpusError {
  const known = knownInstallers(folders)
  return new CorpusError('INSTALLER_UNKNOWN', `There is no installer ${shown(name)}.${meant(name, known)}`, {
    detail: `Installers here: ${known.join(', ')}`,
  })
}

/** Whether a Procfile of the tree says what runs. */
export const runsProcfile = ({ installer, cfg }: { readonly installer: Installer; readonly cfg: Dict }): boolean =>
  installer.defaults.get('procfile') === true || settingOf(cfg, 'procfile') === true
