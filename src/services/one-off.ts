/** A single command in a release's folder and environment, as the project's account: a value for whoever runs it. */

import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import { isRoot } from '../shell/account.ts'
import { usualProcesses } from '../shell/limits.ts'
import { program, systemPath } from '../shell/programs.ts'
import type { Account, Command } from '../shell/shell.ts'
import type { Environment } from './environment.ts'
import { environmentText } from './launch.ts'
import type { Place } from './place.ts'

export interface OneOff {
  readonly project: ProjectName
  readonly tree: string
  readonly account: Account | null
  readonly environment: Environment
  readonly argv: readonly string[]
}

/** What is not there is said without the name of this file, and with the status that a shell has for it. */
const launch = `command -v -- "$1" >/dev/null || { printf 'corpus: %s: there is no such command on the PATH of the release\\n' "$1" >&2; exit 127; }
exec "$@"
`

/** A single word with spaces, or with signs of the shell, is a line for it, as it is to ssh(1). */
const wordsOf = (argv: readonly string[]): readonly string[] =>
  argv.length === 1 && /[\s;|&<>$*?`'"()]/.test(argv[0] ?? '') ? ['/bin/sh', '-c', ...argv] : argv

/** The command, and what takes its launcher (which holds the environment) away when it has ended. */
export function oneOffCommand(
  place: Place,
  oneOff: OneOff,
): { readonly command: Command; readonly cleanUp: () => void } {
  const [first, ...words] = wordsOf(oneOff.argv)
  if (first === undefined || first === '') throw new CorpusError('USAGE', 'There is no command to run.')
  const folder = join(place.home, 'one-off')
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  chmodSync(folder, 0o711)
  const file = join(folder, `${oneOff.project}.${randomBytes(6).toString('hex')}`)
  const name = `${oneOff.project}.run`
  const text = Buffer.concat([environmentText({ ...oneOff, name, folder: oneOff.tree }, null), Buffer.from(launch)])
  writeFileSync(file, text, { mode: 0o400 })
  if (oneOff.account && isRoot()) chownSync(file, oneOff.account.uid, oneOff.account.gid)
  const terminal: Record<string, string> = process.env['TERM'] === undefined ? {} : { TERM: process.env['TERM'] }
  return {
    command: {
      argv: ['/bin/sh', file, first, ...words],
      env: { PATH: systemPath, ...terminal },
      ...(oneOff.account
        ? { user: oneOff.account, within: [program('prlimit'), `--nproc=${usualProcesses}`, '--'] }
        : {}),
    },
    cleanUp: () => rmSync(file, { force: true }),
  }
}
