/** pkg.*: Debian packages that are installed, newest, or gone. */

import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'
import { compareVersions } from '../system/debian-version.ts'
import { aptCommand, aptEnvironment, candidateVersion, installedPackages, isPackageName } from '../system/packages.ts'
import { tryRun } from '../system/system-command.ts'

const common: Arguments = {
  version: { does: 'The version; may begin with <, <=, ==, >= or >, or be latest.', type: 'text' },
  pkgs: { does: 'Several packages, each a name or a name with its version.', type: 'list' },
  refresh: { does: 'Reads the lists of packages first.', type: 'boolean' },
  fromrepo: { does: 'The release that it is taken from.', type: 'text' },
  skip_verify: { does: 'Takes packages that are not signed too.', type: 'boolean', default: false },
  install_recommends: { does: 'Installs what it recommends too.', type: 'boolean', default: true },
  cache_valid_time: { does: 'Accepted and ignored.', type: 'number' },
}
const others = 'What other package managers know is accepted and ignored.'

const installed = defineState({
  does: 'Sees that packages are installed.',
  arguments: { ...common, sources: { does: 'Files of packages by name.', type: 'list' } },
  otherArguments: others,
  run: call => seeInstalled(call, false),
  modWatch: call => seeInstalled(call, false),
})

const latest = defineState({
  does: 'Sees that packages are installed in their newest version.',
  arguments: common,
  otherArguments: others,
  run: call => seeInstalled(call, true),
  modWatch: call => seeInstalled(call, true),
})

const removed = defineState({
  does: 'Sees that packages are not installed.',
  arguments: common,
  otherArguments: others,
  run: call => seeGone(call, 'remove'),
})

const purged = defineState({
  does: 'Sees that packages and their settings are not there.',
  arguments: common,
  otherArguments: others,
  run: call => seeGone(call, 'purge'),
})

export const states: StateTable = { installed, latest, removed, purged }

interface Wanted {
  readonly name: string
  /** With an operator, a bare version, or null for any. */
  readonly version: string | null
}

async function seeInstalled(call: StateCall, newest: boolean): Promise<StateReturn> {
  const { args, tools } = call
  const sources = args.list('sources')
  const wanted = sources.length ? [] : wantedOf(call)
  const hostile = wanted.find(({ name }) => !isPackageName(name))
  if (hostile) return failed(`'${hostile.name}' is no name of a package`)
  const before = installedPackages(tools.shell)
  const refreshed =
    args.flag('refresh') && !call.test ? await tryRun(tools, aptCommand('update'), { env: environment(call) }) : null
  if (refreshed && !refreshed.ok) return failed(`The lists of packages could not be read: ${refreshed.stderr.trim()}`)
  const lacking = wanted.filter(each => !satisfied(each, before.get(each.name), newest, call))
  const files = sources
    .flatMap(item => (item instanceof Dict ? [...item] : []))
    .filter(([name]) => !before.has(textOf(name)))
  const names = [...lacking.map(each => each.name), ...files.map(([name]) => textOf(name))]
  if (names.length === 0) {
    const what = newest ? 'are already up-to-date' : 'are already installed'
    return succeeded(
      wanted.length === 1 && newest
        ? `Package ${wanted[0]?.name} is already up-to-date`
        : `All specified packages ${what}`,
    )
  }
  if (call.test) {
    const comment = `The following packages would be installed/updated: ${names.sort().join(', ')}`
    return wouldChange(
      comment,
      Dict.of(lacking.map(({ name, version }) => [name, change(before.get(name), version ?? 'latest')] as const)),
    )
  }
  return install(
    call,
    lacking,
    files.map(([, file]) => file),
    before,
  )
}

async function install(
  call: StateCall,
  lacking: readonly Wanted[],
  files: readonly Value[],
  before: ReadonlyMap<string, string>,
): Promise<StateReturn> {
  const { args, tools } = call
  const options = [
    ...(args.textOrNone('fromrepo') ? ['-t', args.text('fromrepo')] : []),
    ...(args.flag('skip_verify') ? ['--allow-unauthenticated'] : []),
    ...(args.flag('install_recommends') ? [] : ['--no-install-recommends']),
  ]
  const targets = [
    ...lacking.map(each => target(each, call)),
    ...files.map(file => tools.files.find(textOf(file)) ?? textOf(file)),
  ]
  const ended = await tryRun(tools, aptCommand('install', ...options, '--', ...targets), {
    env: environment(call),
    onOutput: piece => tools.progress(Buffer.from(piece).toString('utf8')),
  })
  const after = installedPackages(tools.shell)
  const changes = differences(before, after)
  const stillLacking = lacking.filter(each => !after.has(each.name)).map(each => each.name)
  if (!ended.ok || stillLacking.length) {
    const said = (ended.stderr || ended.stdout).trim().split('\n').slice(-5).join('\n')
    return failed(`The following packages failed to install/update: ${stillLacking.join(', ')}\n${said}`, changes)
  }
  const names = [...lacking.map(each => each.name)].sort()
  return succeeded(`The following packages were installed/updated: ${names.join(', ')}`, changes)
}

async function seeGone(call: StateCall, action: 'remove' | 'purge'): Promise<StateReturn> {
  const { tools } = call
  const names = wantedOf(call).map(({ name }) => name)
  const hostile = names.find(name => !isPackageName(name))
  if (hostile !== undefined) return failed(`'${hostile}' is no name of a package`)
  const word = action === 'remove' ? 'removed' : 'purged'
  const before = installedPackages(tools.shell)
  const there = names.filter(name => before.has(name))
  if (there.length === 0)
    return succeeded(
      names.length === 1
        ? `None of the targeted packages are installed`
        : 'None of the targeted packages are installed',
    )
  if (call.test) return wouldChange(`The following packages will be ${word}: ${there.sort().join(', ')}.`)
  const ended = await tryRun(tools, aptCommand(action, '--', ...there), { env: environment(call) })
  const changes = differences(before, installedPackages(tools.shell))
  if (!ended.ok)
    return failed(`The following packages failed to ${action}: ${there.join(', ')}.\n${ended.stderr.trim()}`, changes)
  return succeeded('All targeted packages were removed.', changes)
}

function wantedOf(call: StateCall): Wanted[] {
  const { args } = call
  const version = args.textOrNone('version')
  if (!args.has('pkgs')) return [{ name: call.name, version }]
  return args
    .list('pkgs')
    .flatMap(item =>
      item instanceof Dict
        ? [...item].map(([name, each]) => ({ name: textOf(name), version: each === null ? null : textOf(each) }))
        : [{ name: textOf(item), version: null }],
    )
}

function satisfied({ name, version }: Wanted, now: string | undefined, newest: boolean, call: StateCall): boolean {
  if (now === undefined) return false
  if (newest || version === 'latest') {
    const candidate = candidateVersion(call.tools.shell, name)
    return candidate === '' || compareVersions(now, candidate) >= 0
  }
  if (version === null) return true
  const [, operator = '==', number = ''] = /^(<=|>=|==|=|<|>|!=)?\s*(.*)$/.exec(version) ?? []
  if (number.endsWith('*')) return now.startsWith(number.slice(0, -1))
  const order = compareVersions(now, number)
  const met: Readonly<Record<string, boolean>> = {
    '<': order < 0,
    '<=': order <= 0,
    '==': order === 0,
    '=': order === 0,
    '>=': order >= 0,
    '>': order > 0,
    '!=': order !== 0,
  }
  return met[operator] ?? false
}

function target({ name, version }: Wanted, call: StateCall): string {
  if (version === null || version === 'latest' || call.function === 'latest') return name
  const exact = /^(?:==?\s*)?([^<>!=].*)$/.exec(version)?.[1]
  return exact === undefined ? name : `${name}=${exact}`
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Dict {
  const changes = new Dict()
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort())
    if (before.get(name) !== after.get(name)) changes.set(name, change(before.get(name), after.get(name) ?? ''))
  return changes
}

function change(old: string | undefined, next: string): Dict {
  return Dict.of({ new: next, old: old ?? '' })
}

function environment(call: StateCall): Record<string, string> {
  return { ...Object.fromEntries(call.tools.environment), ...aptEnvironment }
}
