/** The wall before the ports that are handed out: nothing but loopback reaches them, wherever an application listens. */
import { existsSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { type PortRange, usualRange } from './ports.ts'

/** standing: it is there; the others say why it cannot be. */
export type Wall = 'standing' | 'needs root' | 'needs nftables'

/** Puts up the rule, or finds it there. It is the kernel's and does not outlive a reboot: whoever starts processes calls this before. */
export async function ensureWall(shell: Shell, range: PortRange = usualRange): Promise<Wall> {
  if (process.getuid?.() !== 0) return 'needs root'
  if (!existsSync('/usr/sbin/nft')) return 'needs nftables'
  const listed = await shell.run({ argv: ['/usr/sbin/nft', 'list', 'table', 'inet', 'corpus'], timeoutSeconds: 20 })
  if (listed.status === 0 && textOf(listed.stdout).includes(`tcp dport ${range.first}-${range.last} drop`))
    return 'standing'
  const ended = await shell.run({ argv: ['/usr/sbin/nft', '-f', '-'], input: rules(range), timeoutSeconds: 20 })
  if (ended.status !== 0)
    throw new CorpusError('SUPERVISOR_FAILED', 'nft did not take the rule that closes the ports of applications.', {
      detail: textOf(ended.stderr).trim(),
    })
  return 'standing'
}

/** One transaction: the table is made where it is not, and replaced where it is. Only a table of our own is touched. */
const rules = (range: PortRange) => `table inet corpus
delete table inet corpus
table inet corpus {
  chain input {
    type filter hook input priority filter; policy accept;
    iif != "lo" tcp dport ${range.first}-${range.last} drop
  }
}
`
