/** Packages of Python, by pip. */
import { statSync } from 'node:fs'
import { findAccount } from './accounts.ts'
import { commandOf } from './command.ts'
import type { StateCall } from './define.ts'
import { type SystemOutcome, tryRun } from './system-command.ts'

/** The lines of `pip freeze`: name==version. */
export async function pipChanges(pip: string, call: StateCall): Promise<Set<string>> {
  const frozen = await tryRun(call.tools, [pip, 'freeze', '--all', '--disable-pip-version-check'], shared(call))
  return new Set(frozen.stdout.split('\n').filter(line => line.includes('==')))
}

export function pipInstall(
  pip: string,
  packages: readonly string[],
  requirements: string | null,
  call: StateCall,
): Promise<SystemOutcome> {
  const { given } = call
  const options = [
    ...(requirements === null ? [] : ['-r', requirements]),
    ...(given.flag('pip_upgrade') || given.flag('upgrade') ? ['--upgrade'] : []),
    ...(given.textOrNone('index_url') ? ['--index-url', given.text('index_url')] : []),
    ...(given.textOrNone('extra_index_url') ? ['--extra-index-url', given.text('extra_index_url')] : []),
    ...(given.flag('no_deps') ? ['--no-deps'] : []),
    ...(given.flag('pip_no_cache_dir') || given.flag('no_cache_dir') ? ['--no-cache-dir'] : []),
  ]
  const argv = [
    pip,
    'install',
    '--disable-pip-version-check',
    ...options,
    ...(packages.length ? ['--', ...packages] : []),
  ]
  return tryRun(call.tools, argv as [string, ...string[]], {
    ...shared(call),
    onOutput: piece => call.tools.progress(Buffer.from(piece).toString('utf8')),
  })
}

function shared(call: StateCall) {
  const { given, tools } = call
  const user = given.textOrNone('user')
  const account = user === null ? null : findAccount(tools.shell, user)
  const cwd = given.textOrNone('cwd')
  const made = commandOf('true', { inShell: false, env: given.value('env_vars'), runas: user }, tools)
  return {
    ofProject: true as const,
    ...(made.env ? { env: made.env } : {}),
    ...(cwd !== null && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() ? { cwd } : {}),
    ...(account ? { user: account } : {}),
  }
}
