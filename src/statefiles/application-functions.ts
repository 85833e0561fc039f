/** What installers ask about the application that is deployed: `salt['mc_project.application']()`, `salt['mc_nodejs.plan']()`. */

import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { dependenciesKey, type NodePackage, readNodePackage } from '../applications/node-package.ts'
import { isInRange, parseRange } from '../applications/version-range.ts'
import type { ModeName } from '../configuration/platform.ts'
import { applicationEnvironment } from '../deployment/application-environment.ts'
import type { Emit } from '../kernel/events.ts'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import { type ProjectLayout, rootLayout } from '../kernel/layout.ts'
import { applicationPath, filesIn } from '../project/application-path.ts'
import type { ReleaseEnvironment } from '../project/variables.ts'
import { defineFunction, type FunctionDefinition } from '../salt/definition/define.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { isRoot } from '../shell/account.ts'
import { lookedUp } from '../shell/programs.ts'
import { type Account, type Command, type Shell, textOf } from '../shell/shell.ts'
import { pythonPlan } from './python-plan.ts'

/** Outside of a deployment (a check) there is neither account nor mode. */
export interface ApplicationWorld {
  readonly layout: ProjectLayout
  readonly cfg: Dict
  readonly account?: Account | null
  readonly mode?: ModeName
  readonly emit?: Emit
  readonly environment?: ReleaseEnvironment
  /** Folder of the installers that come with corpus. */
  readonly installers?: string
  /** Only looked at: what a function would save, it does not. */
  readonly rehearsal?: boolean
}

export function applicationFunctions(world: ApplicationWorld): Readonly<Record<string, FunctionDefinition>> {
  return {
    'mc_project.application': defineFunction({
      does: 'Where and as whom commands of the application run: folder, user (None where there is no account of its own), environment, cache and mode.',
      arguments: {},
      call: () => application(world),
    }),
    'mc_project.notice': defineFunction({
      does: 'Tells the pusher a sentence while the state file is read; nothing where nobody deploys.',
      arguments: { text: { does: 'The sentence.', type: 'text', required: true } },
      call: ({ given }) => {
        world.emit?.({ type: 'note', level: 'notice', text: given.text('text') })
        return true
      },
    }),
    'mc_nodejs.plan': defineFunction({
      does: 'How the application is installed, built and started by Node: the commands, the key of its dependencies, and what is wrong.',
      arguments: {},
      call: ({ tools }) => nodePlan(world, tools.shell),
    }),
    'mc_python.plan': defineFunction({
      does: 'How the application gets its environment: the interpreter, where its dependencies are read, and what is wrong.',
      arguments: {},
      call: ({ tools }) =>
        pythonPlan(world.cfg, filesOf(world), (program, ...args) =>
          answerOf(world, tools.shell, [lookedUp(program), ...args]),
        ),
    }),
    'mc_project.programs': defineFunction({
      does: 'Of names of programs, those that the application would not find, each with the package of Debian that has it.',
      arguments: { names: { does: 'Names of programs.', type: 'list', required: true } },
      call: ({ given }) => missingPrograms(given.list('names').map(String), environmentOf(world)['PATH'] ?? ''),
    }),
  }
}

function application(world: ApplicationWorld): Dict {
  const { layout, cfg, account = null, mode = null } = world
  return Dict.of({
    folder: folderOf(world),
    /** The folder of the release that the tree stands in: what lies there lives as long, and is in no archive. */
    beside: dirname(treeOf(layout)),
    release: basename(dirname(treeOf(layout))),
    user: account?.name ?? null,
    environment: Dict.of(environmentOf(world)),
    cache: join(layout.build, 'cache'),
    mode,
    from_artifacts: listed(cfg.get('release_artifacts_urls')),
  })
}

function nodePlan(world: ApplicationWorld, shell: Shell): Dict {
  const files = filesOf(world)
  const node = readNodePackage(files)
  if (node === null)
    return Dict.of({
      faults: ['There is no package.json in the project.'],
      notices: [],
      folders: [],
      environment: Dict.of(environmentOf(world)),
      kept: '',
      key: '',
      start: null,
      build: null,
      install: null,
      prune: null,
      reusable: false,
      unbuilt: false,
    })
  const settings = world.cfg.get('nodejs')
  const own = (name: string): Value => (settings instanceof Dict ? (settings.get(name) ?? null) : null)
  const search = chooseNode(world, shell, node)
  const faults = [...node.faults, ...search.faults]
  if (own('require_lock') === true && node.lock === null && node.hasDependencies)
    faults.push(
      'There is no lock file, and nodejs.require_lock asks for one: run npm install and commit package-lock.json.',
    )
  const { mode } = world
  const hasBuild = (node.build !== null || typeof own('build') === 'string') && own('build') !== false
  const builds = hasBuild && (mode !== 'final' || own('build_in_final') === true)
  // A front end that is not built here is served as it was committed.
  const needed = builds || node.site === null || mode === 'editable'
  const keepsDevelopment = mode === 'editable' || own('prune') === false || node.startNeedsDevelopment
  const withDevelopment = builds || keepsDevelopment || node.prepares
  const kind = withDevelopment ? 'all' : 'production'
  const manager = node.manager === null || search.path === null ? null : managerWords(node, search.path)
  if (node.manager !== null && search.path !== null && manager === null)
    faults.push(`There is neither ${node.manager} nor npm on this machine: apt-get install npm.`)
  const commands =
    node.manager === null ? noCommands : commandsOf[node.manager](manager ?? node.manager, node.lock !== null)
  const script = typeof own('build') === 'string' ? own('build') : `${commands.run} ${node.build ?? 'build'}`
  return Dict.of({
    faults,
    notices: [...search.notices],
    environment: Dict.of({ ...environmentOf(world), ...toolSettings(world.layout, node) }),
    kept: join(world.layout.build, 'cache', 'nodejs'),
    /** Folders for the front of search_path; none where the usual Node serves. */
    folders: [...search.folders],
    node_version: search.version,
    manager: node.manager,
    lock: node.lock,
    install: needed ? (withDevelopment ? commands.all : commands.production) : null,
    build: builds ? script : null,
    /** It has a build that this mode does not run. */
    unbuilt: hasBuild && !builds,
    prune: withDevelopment && !keepsDevelopment ? commands.prune : null,
    start: node.start,
    reusable: node.reusable && own('reuse') !== false,
    key: dependenciesKey(files, node, [search.version ?? '', process.platform, process.arch, kind]),
  })
}

/** The package manager as a command: where the machine has none of that name, npm brings it. */
function managerWords(node: NodePackage, path: string): string | null {
  const { manager, managerPackage } = node
  if (manager === null || isOnPath(manager, path)) return manager
  if (managerPackage === null || !isOnPath('npm', path)) return null
  return `npm exec --yes --package=${managerPackage} -- ${manager}`
}

interface Commands {
  readonly all: string | null
  readonly production: string | null
  /** Runs a script of package.json. */
  readonly run: string
  readonly prune: string | null
}

const noCommands: Commands = { all: null, production: null, run: 'npm run', prune: null }

/** By the words that start the manager, and whether a lock file says which versions. */
const commandsOf: Readonly<Record<'npm' | 'yarn' | 'pnpm', (words: string, locked: boolean) => Commands>> = {
  npm: (npm, locked) => ({
    all: locked ? `${npm} ci --include=dev` : `${npm} install --no-package-lock --include=dev`,
    production: locked ? `${npm} ci --omit=dev` : `${npm} install --no-package-lock --omit=dev`,
    run: `${npm} run`,
    prune: `${npm} prune --omit=dev --ignore-scripts${locked ? '' : ' --no-package-lock'}`,
  }),
  // Whatever yarn it is: the first of its two generations has --frozen-lockfile, the later ones --immutable.
  yarn: (yarn, locked) => {
    const [frozen, immutable] = locked ? [' --frozen-lockfile', ' --immutable'] : [' --no-lockfile', ' --no-immutable']
    const either = (first: string, later: string) => `case $(${yarn} --version) in 1.*) ${first} ;; *) ${later} ;; esac`
    return {
      all: either(`${yarn} install${frozen} --production=false`, `${yarn} install${immutable}`),
      production: either(`${yarn} install${frozen} --production=true`, `${yarn} workspaces focus --all --production`),
      run: `${yarn} run`,
      prune: either(
        `${yarn} install${frozen} --production=true --ignore-scripts --prefer-offline`,
        `${yarn} workspaces focus --all --production`,
      ),
    }
  },
  // Its store would be hard-linked into each release: a program that writes in place would change them all.
  pnpm: (pnpm, locked) => {
    const how = `${locked ? '--frozen-lockfile' : '--no-frozen-lockfile'} --package-import-method=clone-or-copy`
    return {
      all: `${pnpm} install --prod=false ${how}`,
      production: `${pnpm} install --prod ${how}`,
      run: `${pnpm} run`,
      prune: `CI=true ${pnpm} prune --prod --ignore-scripts`,
    }
  },
}

/** What npm and the others keep stays below build/cache; what they tell of themselves is noise in a log. */
function toolSettings({ build }: ProjectLayout, { manager }: NodePackage): Record<string, string> {
  const cache = join(build, 'cache')
  return {
    npm_config_cache: join(cache, 'npm'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    ...(manager === 'pnpm' ? { npm_config_store_dir: join(cache, 'pnpm') } : {}),
    ...(manager === 'yarn' ? { YARN_CACHE_FOLDER: join(cache, 'yarn') } : {}),
  }
}

interface Search {
  /** Folders that come before the usual ones, so that the chosen Node is found first. */
  readonly folders: readonly string[]
  /** The whole PATH then; null where there is no such Node. */
  readonly path: string | null
  readonly version: string | null
  readonly faults: readonly string[]
  readonly notices: readonly string[]
}

/** The version of that Node; null where there is none that will do. */
export function applicationNode(world: ApplicationWorld, shell: Shell): string | null {
  const node = readNodePackage(filesOf(world))
  return node === null ? null : chooseNode(world, shell, node).version
}

/**
 * The Node that the application finds by itself, else the caller's (of nvm, say), else the one that corpus runs on; whichever `engines`
 * allows, and of several the first that .nvmrc and the like wish for.
 */
function chooseNode(world: ApplicationWorld, shell: Shell, node: NodePackage): Search {
  const usual = environmentOf(world)['PATH'] ?? ''
  const range = node.engines === null ? null : parseRange(node.engines)
  if (node.engines !== null && range === null)
    return { ...none, faults: [`engines.node in package.json is no range: ${node.engines}`] }
  const { wish } = node
  const wished = wish === null ? null : parseRange(wish.version.split('.').slice(0, 2).join('.'))
  const seen: string[] = []
  let first: Search | null = null
  for (const folders of foldersToTry(usual)) {
    const path = [...folders, usual].join(':')
    const version = versionOn(path, world, shell)
    if (version === null) continue
    if (range === null || isInRange(version, range)) {
      const found = { folders, path, version, faults: [], notices: [] }
      if (wished === null || isInRange(version, wished)) return found
      first ??= found
    }
    if (!seen.includes(version)) seen.push(version)
  }
  if (first !== null)
    return {
      ...first,
      notices: [
        `${wish?.file} wishes for Node ${wish?.version}, and here is ${seen.join(' and ')}: it runs on ${first.version}`,
      ],
    }
  const sentence =
    seen.length === 0
      ? 'There is no Node that the application could run on.'
      : `package.json asks for Node ${node.engines}, but here is ${seen.join(' and ')}.`
  const wayOut = 'Install such a Node, or name its folder in search_path of the configuration.'
  return { ...none, faults: [`${sentence} ${wayOut}`] }
}

const none = { folders: [], path: null, version: null, notices: [] }

function foldersToTry(usual: string): string[][] {
  const further = (process.env['PATH'] ?? '')
    .split(':')
    .filter(folder => folder.startsWith('/') && !folder.endsWith('/node_modules/.bin'))
    .filter(folder => !usual.split(':').includes(folder))
    .filter(folder => isProgram(join(folder, 'node')) || isProgram(join(folder, 'npm')))
  return [[], further, [dirname(process.execPath), ...further]]
}

function versionOn(path: string, world: ApplicationWorld, shell: Shell): string | null {
  const program = path
    .split(':')
    .map(folder => join(folder, 'node'))
    .find(isProgram)
  if (program === undefined) return null
  const { account = null } = world
  const key = `${account?.name}\0${program}`
  const known = versions.get(key) ?? rememberedVersion(world.layout, program)
  if (known !== undefined) return known
  const version = answerOf(world, shell, [lookedUp(program), '--version'])?.replace(/^v/, '') ?? null
  versions.set(key, version)
  if (version !== null) rememberVersion(world.layout, program, version)
  return version
}

/**
 * What a program says that the application would find; null where that failed. The first folders of its PATH are the tree's: so it
 * is run as the account, and where none is known, root runs none.
 */
function answerOf(world: ApplicationWorld, shell: Shell, argv: Command['argv']): string | null {
  const { account = null } = world
  if (account === null && isRoot()) return null
  const user = account === null ? {} : { user: account }
  const ended = shell.runSync({ argv, env: environmentOf(world), timeoutSeconds: 20, ...user })
  return ended.status === 0 ? textOf(ended.stdout).trim() : null
}

/** Asked once a run: nobody replaces a Node in the middle of a deployment. */
const versions = new Map<string, string | null>()

/** Nor without a trace where only root writes: starting a Node to ask takes longer than all else that a push does there. */
function rememberedVersion(layout: ProjectLayout, program: string): string | undefined {
  const file = fileOfRoot(program)
  if (file === null) return undefined
  if (file.path === realpathSync(process.execPath)) return process.version.slice(1)
  return versionsIn(layout)[file.id]
}

function rememberVersion(layout: ProjectLayout, program: string, version: string): void {
  const file = fileOfRoot(program)
  if (file === null) return
  const others = Object.entries(versionsIn(layout)).filter(([id]) => !id.startsWith(`${file.path}\0`))
  const text = JSON.stringify({ ...Object.fromEntries(others), [file.id]: version })
  try {
    writeWhole(versionsFile(layout), text, { mode: 0o600 })
  } catch {
    // A developer's rights do not reach it, and a full disk is told of by what matters: it is asked again next time.
  }
}

const versionsFile = (layout: ProjectLayout): string => join(rootLayout(layout.root).corpus, 'node-versions.json')

function versionsIn(layout: ProjectLayout): Record<string, string> {
  try {
    return jsonIfThere<Record<string, string>>(versionsFile(layout)) ?? {}
  } catch {
    return {}
  }
}

/** A file that only root changes, and its folder; and what tells it from another that stood there before. */
function fileOfRoot(program: string): { readonly path: string; readonly id: string } | null {
  const path = realpathSync(program)
  const entry = statSync(path)
  const isRoots = [entry, statSync(dirname(path))].every(one => one.uid === 0 && (one.mode & 0o022) === 0)
  return isRoots ? { path, id: `${path}\0${entry.mtimeMs} ${entry.size} ${entry.ino}` } : null
}

const isOnPath = (name: string, path: string): boolean => path.split(':').some(folder => isProgram(join(folder, name)))

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** State files are text: a value that is no UTF-8 reaches processes and the release line alone. */
function environmentOf({ layout, cfg, account = null, environment }: ApplicationWorld): Record<string, string> {
  const all = applicationEnvironment(
    { layout, cfg, account, ...(environment && { environment }) },
    folderOf({ layout, cfg }),
  )
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Sentences for state files that need them. */
export function missingPrograms(names: readonly string[], path: string): string[] {
  return names
    .filter(name => !isOnPath(name, path))
    .map(name => `There is no ${name} on this machine: apt-get install ${packages[name] ?? name}.`)
}

/** What Debian calls the package of a program, where that has another name. */
const packages: Readonly<Record<string, string>> = {
  bundle: 'ruby-bundler',
  go: 'golang-go',
  php: 'php-cli',
  'php-fpm': 'php-fpm',
  python3: 'python3-venv',
  rackup: 'ruby-rack',
  puma: 'puma',
}

/** The application's folder in it. */
const filesOf = (world: Pick<ApplicationWorld, 'layout' | 'cfg'>) => filesIn(folderOf(world), world.cfg)

const folderOf = ({ layout, cfg }: Pick<ApplicationWorld, 'layout' | 'cfg'>): string =>
  join(treeOf(layout), applicationPath(cfg))

/** The release's own folder, by the name that it keeps: what a build writes down stays true. */
const treeOf = (layout: ProjectLayout): string =>
  existsSync(layout.project) ? realpathSync(layout.project) : layout.project

const listed = (value: Value | undefined): boolean => Array.isArray(value) && value.length > 0
