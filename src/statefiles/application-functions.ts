/** What installers ask about the application that is deployed: `salt['mc_project.application']()`, `salt['mc_nodejs.plan']()`. */

import { basename, dirname, join } from 'node:path'
import {
  dependenciesKey,
  type NodePackage,
  type PackageManager,
  readNodePackage,
} from '../applications/node-package.ts'
import { settingOf } from '../configuration/settings/index.ts'
import {
  type ApplicationWorld,
  answerOf,
  environmentOf,
  filesOf,
  folderOf,
  isOnPath,
  treeOf,
} from '../deployment/application-world.ts'
import { chooseNode } from '../deployment/node-version.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { defineFunction, type FunctionDefinition } from '../salt/definition/define.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { lookedUp } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { pythonPlan } from './python-plan.ts'

export function applicationFunctions(world: ApplicationWorld): Readonly<Record<string, FunctionDefinition>> {
  return {
    'mc_project.application': defineFunction({
      does: 'Where and as whom commands of the application run: folder, user (None where there is no account of its own), environment, cache and mode.',
      acts: false,
      arguments: {},
      call: () => application(world),
    }),
    'mc_project.notice': defineFunction({
      does: 'Tells the pusher a sentence while the state file is read; nothing where nobody deploys.',
      acts: false,
      arguments: { text: { does: 'The sentence.', type: 'text', required: true } },
      call: ({ args }) => {
        world.emit?.({ type: 'note', level: 'notice', text: args.text('text') })
        return true
      },
    }),
    'mc_nodejs.plan': defineFunction({
      does: 'How the application is installed, built and started by Node: the commands, the key of its dependencies, and what is wrong.',
      acts: false,
      arguments: {},
      call: ({ tools }) => nodePlan(world, tools.shell),
    }),
    'mc_python.plan': defineFunction({
      does: 'How the application gets its environment: the interpreter, where its dependencies are read, and what is wrong.',
      acts: false,
      arguments: {},
      call: ({ tools }) =>
        pythonPlan(world.cfg, filesOf(world), (program, ...args) =>
          answerOf(world, tools.shell, [lookedUp(program), ...args]),
        ),
    }),
    'mc_project.programs': defineFunction({
      does: 'Of names of programs, those that the application would not find, each with the package of Debian that has it.',
      acts: false,
      arguments: { names: { does: 'Names of programs.', type: 'list', required: true } },
      call: ({ args }) => missingPrograms(args.list('names').map(String), environmentOf(world)['PATH'] ?? ''),
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
    from_artifacts: listed(settingOf(cfg, 'release_artifacts_urls')),
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
      stand_in: null,
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
  if (node.manager !== null && search.path !== null && manager === null) faults.push(withoutManager(node))
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
    /** For a Procfile that calls a package manager which the machine lacks: what stands in its place. */
    stand_in: manager === null || manager === node.manager ? null : standIn(world.layout, manager),
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

/** A script of its name, which has npm bring it: from what the build has kept, where that is there. */
const standIn = ({ build }: ProjectLayout, words: string): string =>
  [
    '#!/bin/sh',
    `export npm_config_cache='${join(build, 'cache', 'npm')}' npm_config_update_notifier=false npm_config_prefer_offline=true`,
    `exec ${words} "$@"`,
    '',
  ].join('\n')

interface Commands {
  readonly all: string | null
  readonly production: string | null
  /** Runs a script of package.json. */
  readonly run: string
  readonly prune: string | null
}

const noCommands: Commands = { all: null, production: null, run: 'npm run', prune: null }

/** By the words that start the manager, and whether a lock file says which versions. */
const commandsOf: Readonly<Record<PackageManager, (words: string, locked: boolean) => Commands>> = {
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
  bun: (bun, locked) => {
    const how = locked ? '--frozen-lockfile' : '--no-save'
    return {
      all: `${bun} install ${how}`,
      production: `${bun} install ${how} --production`,
      run: `${bun} run`,
      prune: `rm -rf node_modules && ${bun} install ${how} --production --ignore-scripts`,
    }
  },
}

/** Npm brings the others; bun is one program that runs the application, too. */
function withoutManager({ manager, lock }: NodePackage): string {
  if (manager !== 'bun') return `There is neither ${manager} nor npm on this machine: apt-get install npm.`
  const why = lock === null ? 'package.json asks for bun' : `${lock} is of bun`
  return `${why}, which is not on this machine: install it (npm install --global bun), or let npm install the packages: commit the package-lock.json that npm install makes, without ${lock ?? 'bun in the scripts'}.`
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
    ...(manager === 'bun' ? { BUN_INSTALL_CACHE_DIR: join(cache, 'bun') } : {}),
    ...(manager === 'yarn' ? { YARN_CACHE_FOLDER: join(cache, 'yarn') } : {}),
  }
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

const listed = (value: Value | undefined): boolean => Array.isArray(value) && value.length > 0
