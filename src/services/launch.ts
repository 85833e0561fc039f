/** The launcher of an instance: a small script that sets folder and environment byte for byte and becomes the application. */

import { systemPath } from '../shell/programs.ts'
import { exportLines, quoted } from './environment.ts'
import type { Instance } from './instance.ts'
import type { Address } from './ports.ts'

/** Marks every process of an instance, so that its children are found even when they left its process group. */
export const marker = 'CORPUS_INSTANCE'

/** What of an instance its environment depends on; jobs and single commands have no more than this. */
export type Launched = Pick<Instance, 'folder' | 'account' | 'environment'> & { readonly name: string }

/** The text of the launcher; `/bin/sh` runs it with an empty environment but for the marker. */
export function launchText(launched: Launched & { readonly command: string }, address: Address | null): Buffer {
  const command = Buffer.concat([
    Buffer.from('exec /bin/sh -c '),
    quoted(commandLine(launched.command)),
    Buffer.from('\n'),
  ])
  return Buffer.concat([environmentText(launched, address), command])
}

/** The first part of a launcher: the folder and the environment. */
export function environmentText(launched: Launched, address: Address | null): Buffer {
  const account = launched.account
  const environment = {
    PATH: systemPath,
    LANG: 'C.UTF-8',
    // What many frameworks listen on when nothing else is said: no port of an application is to be open to the outside.
    ...(address ? { HOST: address.host } : {}),
    ...(account ? { HOME: account.home, USER: account.name, LOGNAME: account.name } : ownAccount()),
    ...launched.environment,
    ...(address ? { PORT: String(address.port) } : {}),
    [marker]: launched.name,
  }
  const folder = [Buffer.from('cd -- '), quoted(launched.folder), Buffer.from(' || exit 111\nunset OLDPWD\n')]
  return Buffer.concat([Buffer.from(`# Becomes ${launched.name}.\n`), ...folder, exportLines(environment)])
}

/** With `exec` before a plain command line, so that no shell stands between the supervisor and the application. */
export function commandLine(command: string): string {
  const first = /^[^\s]+/.exec(command)?.[0] ?? ''
  const plain = /^[\w./:@%+,=~ \t"'$-]+$/.test(command) && /^[\w./-]+$/.test(first) && !shellWords.has(first)
  return plain ? `exec ${command}` : command
}

/** Words that the shell itself understands: `exec` would look for a program of that name. */
const shellWords = new Set(
  'alias bg break case cd command continue do done elif else esac eval exec exit export false fg fi for function getopts hash if in jobs kill local printf echo pwd read readonly return set shift source test then time times trap true type ulimit umask unalias unset until wait while . :'.split(
    ' ',
  ),
)

function ownAccount(): Record<string, string> {
  const { HOME, USER, LOGNAME } = process.env
  return { ...(HOME ? { HOME } : {}), ...(USER ? { USER } : {}), ...(LOGNAME ? { LOGNAME } : {}) }
}
