/** Packages of Python, by pip. */

import { isAbsolute } from 'node:path'
import type { StateCall } from '../definition/define.ts'
import { accountAt } from './acting-as.ts'
import { commandOf } from './command.ts'
import { statSync } from './files.ts'
import { type SystemOutcome, tryRun } from './system-command.ts'

/** The lines of `pip freeze`: name==version. */
export async function pipChanges(pip: string, call: StateCall): Promise<Set<string>> {
  const frozen = await tryRun(call.tools, [pip, 'freeze', '--all', '--disable-pip-version-check'], shared(pip, call))
  return new Set(frozen.stdout.split('\n').filter(line => line.includes('==')))
}

export function pipInstall(
  pip: string,
  packages: readonly string[],
  requirements: string | null,
  call: StateCall,
): Promise<SystemOutcome> {
  const { args } = call
  const options = [
    ...(requirements === null ? [] : ['-r', requirements]),
    ...(args.flag('pip_upgrade') || args.flag('upgrade') ? ['--upgrade'] : []),
    ...(args.textOrNone('index_url') ? ['--index-url', args.text('index_url')] : []),
    ...(args.textOrNone('extra_index_url') ? ['--extra-index-url', args.text('extra_index_url')] : []),
    ...(args.flag('no_deps') ? ['--no-deps'] : []),
    ...(args.flag('pip_no_cache_dir') || args.flag('no_cache_dir') ? ['--no-cache-dir'] : []),
  ]
  const argv = [
    pip,
    'install',
    '--disable-pip-version-check',
    ...options,
    ...(packages.length ? ['--', ...packages] : []),
  ]
  return tryRun(call.tools, argv as [string, ...string[]], {
    ...shared(pip, call),
    isLong: true,
    onOutput: piece => call.tools.progress(Buffer.from(piece).toString('utf8')),
  })
}

/** A pip that lies in an account's folder runs as that account: it is the account's program. */
export function shared(pip: string, call: StateCall) {
  const { args, tools } = call
  const user = args.textOrNone('user')
  const account = accountAt(tools.shell, isAbsolute(pip) ? pip : '/', user)
  const cwd = args.textOrNone('cwd')
  const made = commandOf('true', { inShell: false, env: args.value('env_vars'), runas: account?.name ?? null }, tools)
  return {
    ofProject: true as const,
    ...(made.env ? { env: made.env } : {}),
    ...(cwd !== null && statSync(cwd, { throwIfNoEntry: false })?.isDirectory() ? { cwd } : {}),
    ...(account ? { user: account } : {}),
  }
}
