/** What package.json and the files beside it say of how a Node application is installed, built and started. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { textIfThere } from '../kernel/files.ts'

export type PackageManager = 'npm' | 'yarn' | 'pnpm'

export interface NodePackage {
  /** Null without a lock file: then nothing is installed. */
  readonly manager: PackageManager | null
  /** The lock file's name, or null. */
  readonly lock: string | null
  /** `engines.node`, or null. */
  readonly engines: string | null
  readonly hasBuild: boolean
  /** The command line that starts it, or null where package.json names none. */
  readonly start: string | null
  /** Whether a copy of node_modules made for the same lock file serves as well as an installation. */
  readonly reusable: boolean
  /** What a person must put right before it can be installed: sentences. */
  readonly faults: readonly string[]
}

/** In the order in which they count when several are there. */
const locks: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
]

/** Null where there is no package.json. */
export function readNodePackage(folder: string): NodePackage | null {
  const text = textIfThere(join(folder, 'package.json'))
  if (text === undefined) return null
  const content = parsed(text)
  if (content === null) return { ...empty, faults: ['package.json is not a JSON object.'] }
  const scripts = mapping(content['scripts'])
  const { lock, manager } = lockOf(folder, content)
  return {
    manager,
    lock,
    engines: word(mapping(content['engines'])['node']),
    hasBuild: word(scripts['build']) !== null,
    start: startOf(folder, scripts, manager ?? 'npm'),
    reusable: manager === 'npm' && isReusable(folder, content, scripts, lock),
    faults: lock === null && hasDependencies(content) ? [withoutLock(folder)] : [],
  }
}

/** Changes whenever an installation would give another node_modules. */
export function dependenciesKey(folder: string, node: NodePackage, facts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const name of ['package.json', node.lock ?? '', '.npmrc']) {
    const text = name === '' ? undefined : textIfThere(join(folder, name))
    hash.update(`\0${name}\0`).update(name === 'package.json' ? installed(text ?? '{}') : (text ?? ''))
  }
  return hash.digest('hex').slice(0, 32)
}

const empty: NodePackage = {
  manager: null,
  lock: null,
  engines: null,
  hasBuild: false,
  start: null,
  reusable: false,
  faults: [],
}

function lockOf(folder: string, content: Fields): { lock: string | null; manager: PackageManager | null } {
  const there = locks.filter(([file]) => existsSync(join(folder, file)))
  const asked = /^(npm|yarn|pnpm)@/.exec(word(content['packageManager']) ?? '')?.[1]
  const [lock, manager] = there.find(([, name]) => name === asked) ?? there[0] ?? [null, null]
  return { lock, manager }
}

const dependencyKinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

const hasDependencies = (content: Fields): boolean =>
  (['dependencies', 'devDependencies', 'optionalDependencies'] as const).some(
    kind => Object.keys(mapping(content[kind])).length > 0,
  )

function withoutLock(folder: string): string {
  const other = ['bun.lock', 'bun.lockb'].find(name => existsSync(join(folder, name)))
  if (other)
    return `${other} is of bun, which this installer does not know: commit a package-lock.json (npm install makes it).`
  return 'package.json names dependencies, but there is no lock file: run npm install and commit package-lock.json.'
}

/** Scripts of its own that an installation runs may write anywhere, and linked packages are no part of node_modules. */
function isReusable(folder: string, content: Fields, scripts: Fields, lock: string | null): boolean {
  const ownScripts = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']
  if (ownScripts.some(name => name in scripts) || 'workspaces' in content) return false
  // npm builds it during the installation when it finds one.
  if (existsSync(join(folder, 'binding.gyp'))) return false
  const text = lock === null ? undefined : textIfThere(join(folder, lock))
  return text !== undefined && !/"(?:resolved|version)":\s*"(?:file|link):|"link":\s*true/.test(text)
}

/** What of package.json an installation depends on. */
function installed(text: string): string {
  const content = parsed(text) ?? {}
  const kinds = [
    ...dependencyKinds,
    'overrides',
    'bundleDependencies',
    'bundledDependencies',
    'engines',
    'name',
    'version',
  ]
  return JSON.stringify(kinds.map(kind => content[kind] ?? null))
}

/**
 * The start script itself where it needs nothing of the package manager: one process less, that would stand between the
 * supervisor and the application. As npm has it, a package without one is started by its server.js.
 */
function startOf(folder: string, scripts: Fields, manager: PackageManager): string | null {
  const script = word(scripts['start'])
  if (script === null) return existsSync(join(folder, 'server.js')) ? 'node server.js' : null
  const needsManager = 'prestart' in scripts || 'poststart' in scripts || /npm_|\n/.test(script)
  return needsManager ? `${manager} start` : script
}

type Fields = Readonly<Record<string, unknown>>

function parsed(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
  } catch {
    return null
  }
}

const mapping = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const word = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)
