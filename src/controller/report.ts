/** How to push to a project: URLs, and a stanza for ssh. */
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { shellWord } from '../kernel/shell-word.ts'
import { ownName } from '../shell/account.ts'
import { type Context, openProject } from './context.ts'
import { hooksOf } from './installed.ts'

interface Address {
  /** Its status tells of the deployment only with `receivepack`. */
  readonly local: string
  readonly ssh: string
}

export interface Report {
  readonly name: string
  readonly project: Address
  readonly pillar: Address
  /** What a remote over `local` needs as its `receivepack`, as a shell reads it. */
  readonly receivepack: string
  /** A stanza for ~/.ssh/config of the pusher. */
  readonly sshConfig: string
}

export async function report(context: Context, text: string): Promise<Report> {
  const layout = await openProject(context, text)
  const host = process.env['CORPUS_HOST'] || hostname()
  const alias = `corpus-${isIP(host) ? host.replace(/[.:]+/g, '-') : host.split('.')[0]}`
  return {
    name: layout.name,
    project: { local: layout.projectGit, ssh: `ssh://${alias}/${layout.name}` },
    pillar: { local: layout.pillarGit, ssh: `ssh://${alias}/${layout.name}/pillar` },
    receivepack: shellWord(join(hooksOf(context), 'receive-pack')),
    sshConfig: `Host ${alias}\n  HostName ${host}\n  User ${ownName()}\n  # Later pushes reuse the connection.\n  ControlMaster auto\n  ControlPath ~/.ssh/%C\n  ControlPersist 10m\n`,
  }
}
