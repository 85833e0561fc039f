/** Whether other machines reach the ports of applications past the web server, and whether other accounts can answer at them. */

import { runningProcesses } from '../deployment/processes.ts'
import { projectLayout } from '../kernel/layout.ts'
import { firewallStands } from '../services/firewall.ts'
import { openPortOf } from '../services/health.ts'
import { servicesPlace } from '../services/place.ts'
import { isRoot } from '../shell/account.ts'
import { type Context, projectNames } from './context.ts'
import { type Finding, wrong } from './findings.ts'

/** Nothing where all listen on loopback, or the firewall lets nobody else through. */
export async function openPorts(context: Context): Promise<Finding[]> {
  if (await firewallStands(context.shell)) return []
  const found = await Promise.all(projectNames(context).map(name => openPortsOf(context, name)))
  return found.flat()
}

async function openPortsOf(context: Context, name: string): Promise<Finding[]> {
  const layout = projectLayout(context.root, name as Parameters<typeof projectLayout>[1])
  const running = await runningProcesses(layout, context.shell)
  const open = running.flatMap(one => openPortOf(one) ?? [])
  const [first] = open
  if (first === undefined) return []
  const mend = isRoot()
    ? 'Let it listen on 127.0.0.1, or install nftables: then corpus closes its ports to other machines.'
    : 'Let it listen on 127.0.0.1, as in app.listen(process.env.PORT, "127.0.0.1"), or close its port to other machines.'
  return [wrong(`ports of ${name}`, mend, 'useful')(first.replace(/: let it .*$/, ''))]
}

/** Ports that another account could take, and be asked in the application's place, while its process is dead. */
export async function portsOfTheDead({ root, shell }: Context): Promise<Finding[]> {
  if (!isRoot()) return []
  const { canHold, portHolders, portsNotHeld } = await import('../services/port-holders.ts')
  const open = await portsNotHeld(shell, portHolders(servicesPlace(root)))
  if (open.length === 0) return []
  const mend = canHold()
    ? 'The next deployment holds its ports again, and so does an agent within half a minute: corpus agent --enable.'
    : 'Install nftables, and let net.ipv4.tcp_syncookies be 1 or 0: then corpus holds the ports for the accounts.'
  const which = open.length > 5 ? `${open.slice(0, 5).join(', ')}, …` : open.join(', ')
  return [wrong('ports', mend, 'useful')(`any account can take ${which} while the application is down`)]
}
