/** What package.json and the files beside it say of how a Node application is installed, built, started or served. */
import { createHash } from 'node:crypto'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { developmentServer, type FrontEnd, frontEndOf, isExported } from './front-end.ts'

export type PackageManager = 'npm' | 'yarn' | 'pnpm' | 'bun'

export interface NodePackage {
  /** Null without a lock file where nothing is to be installed. */
  readonly manager: PackageManager | null
  /** What `packageManager` names, or the lock file asks for: `pnpm@9`, for a machine that lacks it. */
  readonly managerPackage: string | null
  /** The lock file's name, or null. */
  readonly lock: string | null
  /** `engines.node`, or null. */
  readonly engines: string | null
  /** What .nvmrc, .node-version or `volta.node` wish for, with the name of the file; less than an order. */
  readonly wish: { readonly version: string; readonly file: string } | null
  /** The script that builds it, or null. */
  readonly build: string | null
  readonly hasDependencies: boolean
  /** The command line that starts it, or null where package.json names none. */
  readonly start: string | null
  /** It has no server: what its build leaves is a site, or null. */
  readonly site: FrontEnd | null
  /** The root's own scripts that run in an installation, and may need development dependencies. */
  readonly prepares: boolean
  /** The command that starts it is one of the development dependencies. */
  readonly startNeedsDevelopment: boolean
  /** Whether a copy of node_modules made for the same lock file serves as well as an installation. */
  readonly reusable: boolean
  /** What a person must put right before it can be installed: sentences. */
  readonly faults: readonly string[]
  /** What a person should know: sentences. */
  readonly notices: readonly string[]
}

/** In the order in which they count when several are there. */
const locks: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

/** Null where there is neither a package.json nor a server.js. */
export function readNodePackage(files: TreeFiles): NodePackage | null {
  const text = files.text('package.json') ?? (files.has('server.js') ? '{}' : undefined)
  if (text === undefined) return null
  const content = parsed(text)
  if (content === null) return { ...empty, faults: [`package.json is not a JSON object${whereIn(text)}.`] }
  const scripts = mapping(content['scripts'])
  const { lock, manager } = lockOf(files, content)
  const hasDependencies = anyOf(content, ['dependencies', 'devDependencies', 'optionalDependencies'])
  const build = ['heroku-postbuild', 'build'].find(name => word(scripts[name]) !== null) ?? null
  const { start, site, notices } = startOf(files, content, manager ?? 'npm', build !== null)
  const program = /^(?:[A-Za-z_]\w*=\S*\s+)*(\S+)/.exec(start ?? '')?.[1] ?? ''
  return {
    manager: manager ?? (hasDependencies ? 'npm' : null),
    managerPackage: managerPackage(files, content, manager),
    lock,
    engines: word(mapping(content['engines'])['node']),
    wish: wishOf(files, content),
    build,
    hasDependencies,
    start,
    site,
    prepares: lifeCycle.some(name => name in scripts) && anyOf(content, ['devDependencies']),
    startNeedsDevelopment:
      program in mapping(content['devDependencies']) && !(program in mapping(content['dependencies'])),
    reusable: manager === 'npm' && isReusable(files, content, scripts, lock),
    faults: [],
    notices: [...(lock === null && hasDependencies ? [withoutLock] : []), ...notices],
  }
}

/** Changes whenever an installation would give another node_modules. */
export function dependenciesKey(files: TreeFiles, node: NodePackage, facts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const name of ['package.json', node.lock ?? '', '.npmrc']) {
    const text = name === '' ? undefined : files.text(name)
    hash.update(`\0${name}\0`).update(name === 'package.json' ? installed(text ?? '{}') : (text ?? ''))
  }
  return hash.digest('hex').slice(0, 32)
}

const empty: NodePackage = {
  manager: null,
  managerPackage: null,
  lock: null,
  engines: null,
  wish: null,
  build: null,
  hasDependencies: false,
  start: null,
  site: null,
  prepares: false,
  startNeedsDevelopment: false,
  reusable: false,
  faults: [],
  notices: [],
}

function lockOf(files: TreeFiles, content: Fields): { lock: string | null; manager: PackageManager | null } {
  const there = locks.filter(([file]) => files.has(file))
  const asked = askedManager(content) ?? (there.length === 0 && startsBun(content) ? 'bun' : null)
  const [lock, manager] = there.find(([, name]) => name === asked) ?? there[0] ?? [null, asked]
  return { lock, manager }
}

function askedManager(content: Fields): PackageManager | null {
  const asked = /^(npm|yarn|pnpm|bun)@/.exec(word(content['packageManager']) ?? '')?.[1]
  return (asked as PackageManager | undefined) ?? null
}

/** Its scripts are for bun, which it does not bring along. */
const startsBun = (content: Fields): boolean =>
  ['start', 'build'].some(name => /^bunx?\s/.test(word(mapping(content['scripts'])[name]) ?? '')) &&
  !['dependencies', 'devDependencies'].some(kind => 'bun' in mapping(content[kind]))

/** As npm installs it where the machine has none. */
function managerPackage(files: TreeFiles, content: Fields, manager: PackageManager | null): string | null {
  const asked = /^(?:npm|yarn|pnpm)@(\d[\w.-]*)/.exec(word(content['packageManager']) ?? '')?.[1]
  if (manager === 'pnpm') {
    const format = Number.parseInt(
      /^lockfileVersion:\s*'?(\d+)/m.exec(files.text('pnpm-lock.yaml') ?? '')?.[1] ?? '9',
      10,
    )
    return `pnpm@${asked ?? (format >= 9 ? '9' : format >= 6 ? '8' : '7')}`
  }
  if (manager === 'yarn') {
    const isLater = /^__metadata:/m.test(files.text('yarn.lock') ?? '') || Number.parseInt(asked ?? '1', 10) > 1
    return isLater ? `@yarnpkg/cli-dist@${asked ?? '4'}` : `yarn@${asked ?? '1'}`
  }
  return null
}

/** Scripts of the root that npm, yarn and pnpm run in an installation. */
const lifeCycle = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare']

const dependencyKinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

const anyOf = (content: Fields, kinds: readonly string[]): boolean =>
  kinds.some(kind => Object.keys(mapping(content[kind])).length > 0)

const withoutLock =
  'package.json names dependencies, but there is no lock file: their newest versions are installed, others each time. Commit a package-lock.json (npm install makes it)'

/** Scripts of its own that an installation runs may write anywhere, and linked packages are no part of node_modules. */
function isReusable(files: TreeFiles, content: Fields, scripts: Fields, lock: string | null): boolean {
  if (lifeCycle.some(name => name in scripts) || 'workspaces' in content) return false
  // npm builds it during the installation when it finds one.
  if (files.has('binding.gyp')) return false
  const text = lock === null ? undefined : files.text(lock)
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

interface Start {
  readonly start: string | null
  readonly site: FrontEnd | null
  readonly notices: readonly string[]
}

/**
 * The start script, where it is a server for production; else `start:prod`, what the framework starts, server.js, or, where nothing
 * is built, the file that `main` names. With a build and no server, what the build leaves is a site.
 */
function startOf(files: TreeFiles, content: Fields, manager: PackageManager, builds: boolean): Start {
  const scripts = mapping(content['scripts'])
  const front = frontEndOf(
    files,
    { ...mapping(content['devDependencies']), ...mapping(content['dependencies']) },
    scripts,
  )
  const script = word(scripts['start'])
  const development = script === null ? null : developmentServer(script, scripts)
  const isSite = front !== null && isExported(files, scripts)
  if (script !== null && development === null && !isSite) return { ...none, start: line('start', scripts, manager) }
  const skipped =
    development === null
      ? []
      : [`the start script of package.json (${script}) is a server for development: it is not used`]
  // Angular calls the server that its build leaves serve:ssr:NAME.
  const ssr = Object.keys(scripts).find(name => /^serve:ssr(:|$)/.test(name)) ?? ''
  const production = ['start:prod', 'start:production', ssr].find(name => word(scripts[name]) !== null)
  if (production !== undefined && !isSite)
    return { ...none, start: line(production, scripts, manager), notices: skipped }
  if (front?.start && builds) return { ...none, start: front.start, notices: skipped }
  if (files.has('server.js') && script === null) return { ...none, start: 'node server.js' }
  if (builds && (front !== null || !('bin' in content)))
    return { ...none, site: front ?? { folder: 'dist', fallback: null, start: null }, notices: skipped }
  if (script !== null) {
    // Nothing is built, so this is all that it has.
    if (!files.has('index.html')) return { ...none, start: line('start', scripts, manager) }
    return { ...none, site: { folder: '.', fallback: null, start: null }, notices: skipped }
  }
  const main = word(content['main'])?.replace(/^\.\//, '')
  const candidates = [
    ...(main === undefined ? [] : [main, `${main}.js`]),
    'server.mjs',
    'index.js',
    'app.js',
    'main.js',
    'index.mjs',
  ]
  const file = candidates.find(
    name => /^[\w./@-]+\.[cm]?js$/.test(name) && !name.split('/').includes('..') && files.has(name),
  )
  if (file !== undefined) return { ...none, start: `node ${file}` }
  return files.has('index.html') ? { ...none, site: { folder: '.', fallback: null, start: null } } : none
}

const none: Start = { start: null, site: null, notices: [] }

/** The script itself where it needs nothing of the package manager: one process less between the supervisor and the application. */
function line(name: string, scripts: Fields, manager: PackageManager): string {
  const script = word(scripts[name]) ?? ''
  const needsManager = `pre${name}` in scripts || `post${name}` in scripts || /npm_|\n/.test(script)
  return needsManager ? (name === 'start' ? `${manager} start` : `${manager} run ${name}`) : script
}

function wishOf(files: TreeFiles, content: Fields): NodePackage['wish'] {
  for (const file of ['.nvmrc', '.node-version']) {
    const version = /^[ \t]*v?(\d+(?:\.\d+){0,2})[ \t\r]*$/m.exec((files.text(file) ?? '').replace(/#.*$/gm, ''))?.[1]
    if (version !== undefined) return { version, file }
  }
  const volta = word(mapping(content['volta'])['node'])
  if (volta !== null && /^\d+(\.\d+){0,2}$/.test(volta)) return { version: volta, file: 'package.json (volta)' }
  const asdf = /^(?:nodejs|node)[ \t]+(\d+(?:\.\d+){0,2})[ \t\r]*$/m.exec(files.text('.tool-versions') ?? '')?.[1]
  return asdf === undefined ? null : { version: asdf, file: '.tool-versions' }
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

/** Where the text stops to be JSON, as the parser says it. */
function whereIn(text: string): string {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''))
    return ''
  } catch (error) {
    return ` (${(error as Error).message})`
  }
}

const mapping = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

const word = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)
