/** What must be there for applications to run on: the supervisor, the firewall before their ports, nginx with its sites. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ingressPlace } from '../ingress/place.ts'
import { faultOf } from '../kernel/errors.ts'
import { servicesPlace } from '../services/place.ts'
import { isRoot } from '../shell/account.ts'
import { type Context, projectNames } from './context.ts'

/** Puts back what is missing; returns a sentence for each thing that was, and for each that could not be put back. */
export async function reconcile(context: Pick<Context, 'root' | 'shell'>): Promise<string[]> {
  // What was started for this root ended with its last project.
  if (projectNames(context).length === 0) return []
  const said: string[] = []
  const tried = async (work: () => Promise<readonly string[]>) => {
    try {
      said.push(...(await work()))
    } catch (error) {
      said.push(faultOf(error).message)
    }
  }
  if (existsSync(join(context.root, 'corpus', 'runit')) || existsSync('/run/systemd/system')) {
    await tried(async () => {
      const { servicesDriver } = await import('../services/choose.ts')
      const driver = await servicesDriver(context.root, context.shell)
      return (await driver.can.revive?.()) ? ['the supervisor was dead and is started again'] : []
    })
    await tried(async () => {
      const { finishLeaving } = await import('../deployment/processes.ts')
      return (await finishLeaving(context.root, context.shell)).map(name => `${name} was to end and had not: stopped`)
    })
    await tried(async () => {
      if (!isRoot()) return []
      await (await import('../services/firewall.ts')).ensureFirewall(context.shell)
      const { holdPorts, portHolders } = await import('../services/port-holders.ts')
      const place = servicesPlace(context.root)
      await holdPorts(context.shell, place, portHolders(place))
      return []
    })
  }
  if (existsSync(ingressPlace(context.root).sites)) {
    await tried(async () => {
      const { ingressOf } = await import('../deployment/site.ts')
      return (await ingressOf(context, context.shell)).ensure()
    })
  }
  return said
}

/** Public certificates that end soon are renewed, and those asked for that are missing; or only the latter. */
export async function renewCertificates(
  context: Pick<Context, 'root' | 'shell'>,
  only?: 'missing',
): Promise<readonly string[]> {
  if (!existsSync(ingressPlace(context.root).sites)) return []
  const { ingressOf } = await import('../deployment/site.ts')
  return (await ingressOf(context, context.shell)).renew(only)
}
