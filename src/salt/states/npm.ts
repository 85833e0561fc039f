/** npm.*: packages of Node. */

import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { readJson } from '../python/json.ts'
import { accountAt } from '../system/acting-as.ts'
import { commandOf } from '../system/command.ts'
import { statSync } from '../system/files.ts'
import { tryRun } from '../system/system-command.ts'

const npmArguments: Arguments = {
  pkgs: { does: 'Several packages.', type: 'list' },
  dir: { does: 'The folder of the project; without it, for the whole machine.', type: 'path' },
  user: { does: 'The account that npm runs as.', type: 'text' },
  force_reinstall: { does: 'Installs again what is there.', type: 'boolean', default: false },
  registry: { does: 'The registry that packages are taken from.', type: 'text' },
  env: { does: 'Environment variables.', type: 'any' },
}

const installed = defineState({
  does: 'Sees that packages of Node are installed; `name` may carry a version: gulp@4.',
  arguments: npmArguments,
  otherArguments: 'Accepted and ignored.',
  run: seeInstalled,
})

const bootstrap = defineState({
  does: 'Installs what the package.json of a folder asks for; `name` is the folder.',
  arguments: {
    user: npmArguments['user'] as (typeof npmArguments)[string],
    silent: { does: 'Accepted and ignored.', type: 'boolean', default: true },
    env: npmArguments['env'] as (typeof npmArguments)[string],
  },
  otherArguments: 'Accepted and ignored.',
  run: async call => {
    if (!isFolder(call.name)) return failed(`Error Bootstrapping '${call.name}': there is no such folder`)
    if (call.test) return wouldChange(`npm packages of ${call.name} are set to be installed`)
    const done = await npm(call, ['install', '--no-fund', '--no-audit'], call.name)
    if (!done.ok) return failed(`Error Bootstrapping '${call.name}': ${done.stderr.trim()}`)
    return /added|removed|changed/.test(done.stdout)
      ? succeeded('Directory was successfully bootstrapped', { [call.name]: 'Bootstrapped' })
      : succeeded('Directory is already bootstrapped')
  },
})

const removed = defineState({
  does: 'Sees that a package of Node is not installed.',
  arguments: npmArguments,
  otherArguments: 'Accepted and ignored.',
  run: async call => {
    const known = await list(call)
    if (known[bare(call.name)] === undefined) return succeeded(`Package '${call.name}' is not installed`)
    if (call.test) return wouldChange(`Package '${call.name}' is set to be removed`)
    const done = await npm(call, ['uninstall', ...place(call), '--', bare(call.name)])
    return done.ok
      ? succeeded(`Package '${call.name}' was successfully removed`, { [call.name]: 'Removed' })
      : failed(`Error removing package '${call.name}': ${done.stderr.trim()}`)
  },
})

export const states: StateTable = { installed, bootstrap, removed }

async function seeInstalled(call: StateCall): Promise<StateReturn> {
  const { args, name } = call
  const wanted = args.has('pkgs') ? args.texts('pkgs') : [name]
  const known = await list(call)
  const lacking = args.flag('force_reinstall') ? wanted : wanted.filter(each => !satisfied(known, each))
  if (lacking.length === 0)
    return succeeded(
      `Package(s) '${wanted.join(', ')}' satisfied by ${wanted.map(each => `${bare(each)}@${known[bare(each)]}`).join(', ')}`,
    )
  if (call.test) return wouldChange(`NPM package(s) '${lacking.join(', ')}' are set to be installed`)
  const registry = args.textOrNone('registry')
  const options = [...place(call), '--no-fund', '--no-audit', ...(registry === null ? [] : ['--registry', registry])]
  const done = await npm(call, ['install', ...options, '--', ...lacking])
  if (!done.ok) return failed(`Error installing '${lacking.join(', ')}': ${done.stderr.trim()}`)
  return succeeded(`Package(s) '${lacking.join(', ')}' successfully installed`, { old: [], new: [...lacking] })
}

async function list(call: StateCall): Promise<Record<string, string>> {
  const told = await npm(call, ['ls', '--json', '--depth=0', ...place(call)])
  try {
    const value = readJson(told.stdout)
    const packages = value instanceof Dict ? value.get('dependencies') : undefined
    if (!(packages instanceof Dict)) return {}
    return Object.fromEntries(
      [...packages].map(([name, each]) => [
        textOf(name),
        each instanceof Dict ? textOf(each.get('version') ?? '') : '',
      ]),
    )
  } catch {
    return {}
  }
}

function npm(call: StateCall, words: readonly string[], folder = call.args.textOrNone('dir')) {
  const account = accountAt(call.tools.shell, folder ?? '/', call.args.textOrNone('user'))
  const made = commandOf(
    ['npm', ...words],
    { inShell: false, env: call.args.value('env'), runas: account?.name ?? null },
    call.tools,
  )
  return tryRun(call.tools, [...made.argv], {
    ofProject: true,
    isLong: true,
    ...(made.env ? { env: made.env } : {}),
    ...(made.user ? { user: made.user } : {}),
    ...(folder !== null && isFolder(folder) ? { cwd: folder } : {}),
  })
}

function place(call: StateCall): string[] {
  return call.args.textOrNone('dir') === null ? ['--global'] : []
}

function bare(name: string): string {
  return name.replace(/(.)@.*$/, '$1')
}

function satisfied(known: Readonly<Record<string, string>>, wanted: string): boolean {
  const version = known[bare(wanted)]
  const asked = wanted.slice(bare(wanted).length + 1)
  return version !== undefined && (asked === '' || version === asked || version.startsWith(`${asked}.`))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
