/** The systemd that is asked: the system's as root, the caller's own otherwise. */

import { join } from 'node:path'
import { CorpusError } from '../../kernel/errors.ts'
import { isRoot } from '../../shell/account.ts'
import { program } from '../../shell/programs.ts'
import { type Shell, textOf } from '../../shell/shell.ts'
import { runtimeFolder } from '../../shell/systemd.ts'

/** The system's manager runs as root and can change accounts and harden; a user's own manager can do neither. */
export type Scope = 'system' | 'user'

export const scopeHere = (): Scope => (isRoot() ? 'system' : 'user')

/** Where units are written. */
export function unitFolder(scope: Scope): string {
  if (scope === 'system') return '/etc/systemd/system'
  const config = process.env['XDG_CONFIG_HOME'] || join(process.env['HOME'] ?? '/', '.config')
  return join(config, 'systemd', 'user')
}

export interface Asking {
  readonly shell: Shell
  readonly scope: Scope
  readonly timeoutSeconds: number
}

/** What systemctl printed; throws SUPERVISOR_FAILED with what it said. */
export async function systemctl(asking: Asking, words: readonly string[]): Promise<string> {
  const ended = await trySystemctl(asking, words)
  if (ended.status !== 0)
    throw new CorpusError('SUPERVISOR_FAILED', `systemctl ${words[0]} ended with ${ended.status}.`, {
      detail: textOf(ended.stderr).trim() || (ended.spawnError ?? ''),
    })
  return textOf(ended.stdout)
}

/** How systemctl ended, where it may fail. */
export function trySystemctl({ shell, scope, timeoutSeconds }: Asking, words: readonly string[]) {
  const folder = scope === 'user' ? runtimeFolder() : null
  return shell.run({
    argv: [program('systemctl'), ...(scope === 'user' ? ['--user'] : []), '--no-pager', ...words],
    timeoutSeconds,
    ...(folder === null ? {} : { env: { ...ownEnvironment(), XDG_RUNTIME_DIR: folder } }),
  })
}

const ownEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
