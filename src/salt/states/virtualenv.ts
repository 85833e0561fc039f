/** virtualenv.*: folders with a Python of their own. */

import { isAbsolute, join } from 'node:path'
import { program } from '../../shell/programs.ts'
import { defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { asAccountAt } from '../system/acting-as.ts'
import { existsSync } from '../system/files.ts'
import { pipChanges, pipInstall } from '../system/python-packages.ts'
import { tryRun } from '../system/system-command.ts'

const managed = defineState({
  does: 'Sees that a folder is a virtual environment of Python, with the packages of a requirements file.',
  arguments: {
    venv_bin: {
      does: 'The program that makes it; default: virtualenv where it is there, else python3 -m venv.',
      type: 'text',
    },
    requirements: { does: 'A requirements file: salt://… or a path.', type: 'text' },
    system_site_packages: { does: 'Sees the packages of the system too.', type: 'boolean', default: false },
    clear: { does: 'Empties it first.', type: 'boolean', default: false },
    python: { does: 'The Python that it is made of.', type: 'text' },
    user: { does: 'The account that it belongs to.', type: 'text' },
    cwd: { does: 'The folder that pip runs in.', type: 'path' },
    index_url: { does: 'The index that packages are taken from.', type: 'text' },
    extra_index_url: { does: 'A further index.', type: 'text' },
    pip_upgrade: { does: 'Brings packages to their newest version.', type: 'boolean', default: false },
    pip_pkgs: { does: 'Further packages.', type: 'list' },
    pip_no_cache_dir: { does: 'Keeps no cache.', type: 'boolean', default: false },
    env_vars: { does: 'Environment variables.', type: 'any' },
    no_deps: { does: 'Does not install what packages need.', type: 'boolean', default: false },
  },
  otherArguments: 'Accepted and ignored.',
  run: seeManaged,
})

export const states: StateTable = { managed, manage: managed }

async function seeManaged(call: StateCall): Promise<StateReturn> {
  const { name, args, test, tools } = call
  const isThere = existsSync(join(name, 'bin', 'python'))
  const clear = args.flag('clear')
  if (test && (!isThere || clear))
    return wouldChange(`Virtualenv ${name} is set to be ${isThere ? 'cleared' : 'created'}`)
  if (!isThere || clear) {
    const problem = await make(call)
    if (problem !== null) return failed(problem)
  }
  const requirements = args.textOrNone('requirements')
  const file = requirements === null || isAbsolute(requirements) ? requirements : tools.files.find(requirements)
  if (requirements !== null && file === null) return failed(`There is no requirements file ${requirements}`)
  if (test)
    return file === null
      ? succeeded('virtualenv exists')
      : wouldChange(`Virtualenv ${name} is set to have its packages seen to`)
  const packages = args.texts('pip_pkgs')
  const before = await pipChanges(join(name, 'bin', 'pip'), call)
  if (file !== null || packages.length) {
    const done = await pipInstall(join(name, 'bin', 'pip'), packages, file, call)
    if (!done.ok) return failed(`${done.stderr || done.stdout}`.trim())
  }
  const installed = [...(await pipChanges(join(name, 'bin', 'pip'), call))].filter(line => !before.has(line))
  const changes = {
    ...(isThere && !clear ? {} : { [clear ? 'cleared_packages' : 'new']: clear ? '' : name }),
    ...(installed.length ? { packages: installed } : {}),
  }
  return succeeded(isThere && !clear ? 'virtualenv exists' : 'Created new virtualenv', changes)
}

/** What went wrong, or null. */
async function make(call: StateCall): Promise<string | null> {
  const { name, args, tools } = call
  const user = args.textOrNone('user')
  const as = asAccountAt(tools.shell, name, user)
  const making =
    args.textOrNone('venv_bin') ??
    (tools.shell.runSync({ argv: [program('sh'), '-c', 'command -v virtualenv'], timeoutSeconds: 10 }).status === 0
      ? 'virtualenv'
      : 'venv')
  const python = args.textOrNone('python')
  const own = /(^|[\s/])(pyvenv|venv)$|-m venv$/.test(making)
  const start = own ? [python ?? 'python3', '-m', 'venv'] : [making, ...(python === null ? [] : ['-p', python])]
  const options = [
    ...(args.flag('system_site_packages') ? ['--system-site-packages'] : []),
    ...(args.flag('clear') ? ['--clear'] : []),
  ]
  const [first = 'virtualenv', ...rest] = start
  const argv = [first, ...rest, ...options, name] as const
  const done = await tryRun(tools, argv, {
    ofProject: true,
    isLong: true,
    env: Object.fromEntries(tools.environment),
    ...as,
  })
  return done.ok ? null : `Failed to create virtualenv ${name}: ${(done.stderr || done.stdout).trim()}`
}
