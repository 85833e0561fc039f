/** Which installer a tree is for, where the configuration says `auto`: the choice, its reason, and what stands beside it. */

import { join } from 'node:path'
import { readAppJson } from '../applications/app-json.ts'
import { foreignTree } from '../applications/foreign.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import { subtree, type TreeFiles } from '../kernel/tree-files.ts'
import { Dict } from '../salt/python/dict.ts'
import { buildsAssets, readFound } from './found.ts'
import { hasWork } from './has-work.ts'
import { findInstaller, type Installer, type InstallerFolders, knownInstallers } from './installer.ts'
import { isGeneratedText } from './procedure-files.ts'

export interface Detection {
  readonly name: string
  /** The file that told, or null where nothing did: then it is `generic`. */
  readonly because: string | null
  /** What would have come first, and has nothing here to run with. */
  readonly passedOver?: { readonly name: string; readonly because: string }
}

interface Candidate extends Detection {
  readonly because: string
  readonly installer: Installer
  readonly rank: number
}

/**
 * The first in order of `detection_rank`, one of whose files is there. Where several languages are, the Procfile's web line and
 * app.json tell which one runs; else Node counts as what builds the assets of the other, unless only it says how it is started.
 * `absent`: installers that this machine has nothing for.
 */
export async function detectInstaller(
  folders: InstallerFolders,
  files: TreeFiles,
  whole: TreeFiles = files,
  absent: ReadonlySet<string> = new Set(),
): Promise<Detection> {
  const found: Candidate[] = []
  const top = files.names()
  for (const name of knownInstallers(folders)) {
    const installer = await findInstaller(name, folders)
    const because = installer.detects.map(pattern => fileOf(files, top, pattern)).find(file => file !== null) ?? null
    const rank = Number(installer.defaults.get('detection_rank') ?? 50)
    if (because !== null) found.push({ name, because, installer, rank })
  }
  found.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
  const first = found[0]
  if (first !== undefined && absent.has(first.name)) {
    // A language runs without it. Files that are there beside it are no site that anybody asked for.
    const others = found.filter(one => one.name === 'nodejs' || languages.some(name => name === one.name))
    const other = chooseLanguage(others, files) ?? others[0]
    if (other !== undefined) {
      const { name, because } = first
      return { name: other.name, because: other.because, passedOver: { name, because } }
    }
  }
  const chosen = chooseLanguage(found, files) ?? first
  if (chosen !== undefined) return { name: chosen.name, because: chosen.because }
  return { name: 'generic', because: hasStateFiles(whole) ? '.salt' : null }
}

/** Installers that build assets beside another: nodejs, where package.json has a build script. */
export function assetsBeside(name: string, files: TreeFiles): string[] {
  return ['python', 'php', 'ruby', 'go'].includes(name) && buildsAssets(files) ? ['nodejs'] : []
}

/** For who pushed what nobody knows to run: what it may be, where it may be, and what was looked for. */
export async function undetected(folders: InstallerFolders, whole: TreeFiles, path: string): Promise<CorpusError> {
  const files = subtree(whole, path)
  const installers = await Promise.all(knownInstallers(folders).map(name => findInstaller(name, folders)))
  const detecting = installers.filter(one => one.detects.length > 0)
  const below = foldersThatTell(detecting, files).map(({ folder, file }) => ({ folder: join(path, folder), file }))
  const hints = [foreignTree(files), below.length === 0 ? null : elsewhere(below)].filter(one => one !== null)
  const looked = detecting.map(one => `${one.name}: ${one.detects.join(', ')}`)
  return new CorpusError('INSTALLER_UNDETECTED', 'Nothing in the project tells how it is run.', {
    detail: [...hints, 'Looked for state files in .salt, and for', ...looked].join('\n'),
  })
}

interface Below {
  readonly folder: string
  readonly file: string
}

/** Folders, one or two below the top, that would be deployed if they were the top. */
function foldersThatTell(installers: readonly Installer[], files: TreeFiles): readonly Below[] {
  const visible = (name: string) => !name.startsWith('.') && name !== 'node_modules' && name !== 'vendor'
  const first = files.names().filter(visible)
  const second = first.flatMap(name =>
    files
      .names(name)
      .filter(visible)
      .map(one => `${name}/${one}`),
  )
  const patterns = installers.flatMap(one => one.detects).filter(pattern => !pattern.includes('/'))
  return [...first, ...second].slice(0, 200).flatMap(folder => {
    const inside = subtree(files, folder)
    const top = inside.names()
    const file = patterns.map(pattern => fileOf(inside, top, pattern)).find(one => one !== null)
    return file === undefined ? [] : [{ folder, file }]
  })
}

function elsewhere(found: readonly Below[]): string {
  const shown = found.slice(0, 5).map(({ folder, file }) => `${folder}/${file}`)
  const more = found.length > shown.length ? `, and ${found.length - shown.length} more` : ''
  return `There is ${shown.join(', ')}${more}: \`corpus config set NAME path=${found[0]?.folder}\` deploys that folder.`
}

/** Beside them a package.json is most often that of the assets. */
const languages = ['python', 'php', 'ruby', 'go'] as const

/** Words that begin a command of a language. */
const commands: Readonly<Record<string, RegExp>> = {
  python: /\b(python[\d.]*|gunicorn|uvicorn|flask|waitress-serve|daphne|hypercorn|celery|django-admin|streamlit)\b/,
  nodejs: /\b(node|npm|npx|yarn|pnpm|next|nuxt)\b/,
  ruby: /\b(bundle|ruby|puma|rails|rackup|unicorn)\b/,
  php: /\b(php|heroku-php-\w+|artisan)\b/,
}

function chooseLanguage(found: readonly Candidate[], files: TreeFiles): Candidate | undefined {
  const all = found.filter(one => one.name === 'nodejs' || languages.some(name => name === one.name))
  const node = all.find(one => one.name === 'nodejs')
  // Something that counts more than any language, such as a Dockerfile, stays.
  if (all.length < 2 || found[0] === undefined || !all.includes(found[0])) return undefined
  const named = toldLanguage(files)
  const told = all.find(one => one.name === named)
  if (told !== undefined) return told
  const others = all.filter(one => one !== node)
  const starts = (one: Candidate) => readFound(one.installer.reads, files).startedBy !== null
  const started = others.find(starts)
  if (started !== undefined || node === undefined) return started ?? others[0]
  return starts(node) ? node : others[0]
}

/** What the Procfile's web line is a command of, or the last of app.json's buildpacks. */
function toldLanguage(files: TreeFiles): string | undefined {
  const line = /^web[ \t]*:[ \t]*(.+)$/m.exec(files.text('Procfile') ?? '')?.[1]
  const ofLine = Object.keys(commands).find(name => line !== undefined && commands[name]?.test(line))
  if (ofLine !== undefined) return ofLine
  const last = readAppJson(files).buildpacks.at(-1) ?? ''
  return ['nodejs', ...languages].find(name => last.includes(name))
}

/** The file that a pattern finds: `*` stands for anything within one name. `top`: the names at the top, which most are. */
function fileOf(files: TreeFiles, top: readonly string[], pattern: string): string | null {
  if (pattern.includes('*')) {
    const expression = new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*')}$`)
    return top.find(name => expression.test(name)) ?? null
  }
  const [first = ''] = pattern.split('/')
  if (!top.includes(first)) return null
  return first === pattern || files.has(pattern) ? pattern : null
}

/** State files of the project's own, with anything in them. */
export function hasStateFiles(files: TreeFiles): boolean {
  return files.names('.salt').some(name => {
    const text = name.endsWith('.sls') ? (files.text(`.salt/${name}`) ?? '') : ''
    return hasWork(text) && !isGeneratedText(name, text)
  })
}

/** Whether the configuration itself says what is run or served, so that a tree need not tell. */
export function saysWhatRuns(cfg: Dict): boolean {
  const isFull = (value: unknown) =>
    value instanceof Dict
      ? value.size > 0
      : Array.isArray(value)
        ? value.length > 0
        : value !== undefined && value !== null
  const ingress = settingOf(cfg, 'ingress')
  const serves = ingress instanceof Dict && ['static', 'routes'].some(key => isFull(ingress.get(key)))
  return serves || ['processes', 'services', 'schedule', 'release_artifacts_urls'].some(key => isFull(cfg.get(key)))
}
