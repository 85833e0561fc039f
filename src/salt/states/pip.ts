/** pip.*: packages of Python. */

import { isAbsolute, join } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { existsSync } from '../system/files.ts'
import { pipChanges, pipInstall, shared } from '../system/python-packages.ts'
import { tryRun } from '../system/system-command.ts'

const pipArguments: Arguments = {
  pkgs: { does: 'Several packages.', type: 'list' },
  bin_env: { does: 'The virtual environment, or its pip.', type: 'path' },
  requirements: { does: 'A requirements file: salt://… or a path.', type: 'text' },
  upgrade: { does: 'Brings packages to their newest version.', type: 'boolean', default: false },
  user: { does: 'The account that pip runs as.', type: 'text' },
  cwd: { does: 'The folder that pip runs in.', type: 'path' },
  index_url: { does: 'The index that packages are taken from.', type: 'text' },
  extra_index_url: { does: 'A further index.', type: 'text' },
  no_deps: { does: 'Does not install what packages need.', type: 'boolean', default: false },
  no_cache_dir: { does: 'Keeps no cache.', type: 'boolean', default: false },
  env_vars: { does: 'Environment variables.', type: 'any' },
}

const installed = defineState({
  does: 'Sees that packages of Python are installed; `name` may carry a version: flask>=2.',
  arguments: pipArguments,
  otherArguments: 'Accepted and ignored.',
  run: seeInstalled,
})

const removed = defineState({
  does: 'Sees that a package of Python is not installed.',
  arguments: pipArguments,
  otherArguments: 'Accepted and ignored.',
  run: async call => {
    const pip = pipOf(call)
    const known = await pipChanges(pip, call)
    if (!installedVersion(known, call.name)) return succeeded('Package is not installed.')
    if (call.test) return wouldChange(`Package ${call.name} is set to be removed`)
    const done = await tryRun(call.tools, [pip, 'uninstall', '-y', '--', bare(call.name)], shared(pip, call))
    return done.ok
      ? succeeded('Package was successfully removed.', { [call.name]: 'Removed' })
      : failed(done.stderr.trim())
  },
})

export const states: StateTable = { installed, removed }

async function seeInstalled(call: StateCall): Promise<StateReturn> {
  const { name, args, tools } = call
  const pip = pipOf(call)
  const requirements = args.textOrNone('requirements')
  const file = requirements === null || isAbsolute(requirements) ? requirements : tools.files.find(requirements)
  if (requirements !== null && file === null) return failed(`There is no requirements file ${requirements}`)
  const wanted = args.has('pkgs') ? args.texts('pkgs') : file === null ? [name] : []
  const before = await pipChanges(pip, call)
  const lacking = args.flag('upgrade') ? wanted : wanted.filter(each => !satisfied(before, each))
  if (lacking.length === 0 && file === null) return succeeded('All specified packages are already installed')
  if (call.test)
    return wouldChange(
      `Python package(s) set to be installed:\n${[...lacking, ...(file === null ? [] : [file])].join('\n')}`,
    )
  const done = await pipInstall(pip, lacking, file, call)
  if (!done.ok)
    return failed(`Failed to install packages: ${lacking.join(', ')}. Error: ${(done.stderr || done.stdout).trim()}`)
  const news = [...(await pipChanges(pip, call))].filter(line => !before.has(line))
  const changes = Object.fromEntries(news.map(line => [line, 'Installed']))
  return succeeded(
    news.length ? 'All packages were successfully installed' : 'All specified packages are already installed',
    changes,
  )
}

function pipOf(call: StateCall): string {
  const place = call.args.textOrNone('bin_env')
  if (place === null) return 'pip3'
  return existsSync(join(place, 'bin', 'pip')) ? join(place, 'bin', 'pip') : place
}

function bare(name: string): string {
  return (/^[\w.-]+/.exec(name)?.[0] ?? name).toLowerCase().replace(/[_.]/g, '-')
}

function installedVersion(known: ReadonlySet<string>, name: string): string | undefined {
  for (const line of known) {
    const [each = '', version] = line.split('==')
    if (bare(each) === bare(name)) return version
  }
  return undefined
}

/** An exact version is compared; of a range pip itself is the judge. */
function satisfied(known: ReadonlySet<string>, wanted: string): boolean {
  const version = installedVersion(known, wanted)
  const exact = /==\s*([\w.+!-]+)$/.exec(wanted)?.[1]
  if (version === undefined) return false
  return exact !== undefined ? exact === version : !/[<>~!]/.test(wanted)
}
