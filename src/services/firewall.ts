/** The firewall before the ports that are handed out: nothing but loopback reaches them, wherever an application listens. */

import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { isRoot } from '../shell/account.ts'
import { isOurOwn } from '../shell/own-process.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import type { Place } from './place.ts'
import { type PortRange, usualRange } from './ports.ts'
import { processIds } from './procfs.ts'
import { serviceFolder } from './runit/supervisor.ts'

/** standing: it is there; the others say why it cannot be. */
export type Firewall = 'standing' | 'needs root' | 'needs nftables'

/** Whether the rule is there; false where that cannot be seen. */
export async function firewallStands(shell: Shell, range: PortRange = usualRange): Promise<boolean> {
  if (!isRoot() || !existsSync('/usr/sbin/nft')) return false
  const listed = await shell.run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', 'corpus'], timeoutSeconds: 20 })
  return listed.status === 0 && textOf(listed.stdout).includes(`tcp dport ${range.first}-${range.last} drop`)
}

/** Puts up the rule, or finds it there. It is the kernel's and does not outlive a reboot: whoever starts processes calls this before. */
export async function ensureFirewall(shell: Shell, range: PortRange = usualRange): Promise<Firewall> {
  if (!isRoot()) return 'needs root'
  if (!existsSync('/usr/sbin/nft')) return 'needs nftables'
  if (await firewallStands(shell, range)) return 'standing'
  const ended = await shell.run({ argv: ['/usr/sbin/nft', '-f', '-'], input: rules(range), timeoutSeconds: 20 })
  if (ended.status !== 0)
    throw new CorpusError('SUPERVISOR_FAILED', 'nft did not take the rule that closes the ports of applications.', {
      detail: textOf(ended.stderr).trim(),
    })
  return 'standing'
}

/** Takes the rule away where nothing that corpus started needs it any more; of another root something may. True when it was there. */
export async function removeFirewall(shell: Shell, place: Place, others = othersRun(place)): Promise<boolean> {
  if (!isRoot() || !existsSync('/usr/sbin/nft') || others) return false
  const ended = await shell.run({ argv: ['/usr/sbin/nft', 'delete', 'table', 'inet', 'corpus'], timeoutSeconds: 20 })
  return ended.status === 0
}

/** Supervisors of other roots, by their title; under systemd, units of ours. */
function othersRun(place: Place): boolean {
  const own = serviceFolder(place)
  const supervisors = processIds().flatMap(pid => {
    const [name, flag, folder = ''] = (textIfThere(`/proc/${pid}/cmdline`) ?? '').split('\0')
    return isOurOwn(pid) && name === 'runsvdir' && flag === '-P' && folder.endsWith('/corpus/runit/service')
      ? [folder]
      : []
  })
  const units = '/etc/systemd/system'
  const hasUnit =
    existsSync(units) && readdirSync(units).some(name => /^corpus-.+\.\d+\.[0-9a-f]{8}\.service$/.test(name))
  return hasUnit || supervisors.some(folder => folder !== own && realOf(folder) !== realOf(own))
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** One transaction, which makes what is not there. What else stands in the table (`port-holders.ts`) is let be. */
const rules = (range: PortRange) => `add table inet corpus
add chain inet corpus input { type filter hook input priority filter; policy accept; }
flush chain inet corpus input
add rule inet corpus input iif != "lo" tcp dport ${range.first}-${range.last} drop
`
