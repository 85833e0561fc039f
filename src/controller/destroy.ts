/** destroy: everything of a project goes, once its name was repeated. */
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { unscheduleBackups } from '../deployment/backup-schedule.ts'
import { stopProcesses } from '../deployment/processes.ts'
import { removeSchedule } from '../deployment/schedule.ts'
import { hasSite } from '../deployment/site-wanted.ts'
import { ingressPlace } from '../ingress/place.ts'
import { CorpusError } from '../kernel/errors.ts'
import { projectLayout, rootLayout } from '../kernel/layout.ts'
import { projectName, shown } from '../kernel/names.ts'
import { unwireProject } from '../project/wiring.ts'
import { servicesPlace } from '../services/place.ts'
import { retireSupervisor } from '../services/runit/retire.ts'
import { textOf } from '../shell/shell.ts'
import { bringOwnFolder, type Context, openProject, projectNames } from './context.ts'
import { lockProject } from './lock.ts'
import { endAccounts, removeAccounts } from './project-account.ts'

/** Stops its processes, removes its links, folders and account. Interrupted, the same command finishes it. */
export async function destroy(context: Context, text: string, confirm: string | undefined): Promise<string[]> {
  const name = projectName(text)
  const layout = projectLayout(context.root, name)
  if (!existsSync(layout.home)) await openProject(context, text)
  if (confirm !== name) {
    throw new CorpusError(
      'NOT_CONFIRMED',
      `To destroy ${name} with all its data, say --confirm ${name}${confirm === undefined ? '' : `, not ${shown(confirm)}`}.`,
    )
  }
  if (existsSync(layout.projectGit) && existsSync(layout.deployments)) await bringOwnFolder(context, layout)
  const lock = existsSync(layout.deployments) ? lockProject(layout) : null
  try {
    // Another may have destroyed it while this one came to the lock: it says so as it would of any project that is gone.
    if (!existsSync(layout.home)) await openProject(context, text)
    if (hasSite(layout)) await (await import('../deployment/site.ts')).removeSite(layout, context.shell)
    ;(await import('../ingress/acme.ts')).removeCertificate(ingressPlace(context.root), name)
    await stopProcesses(layout, context.shell)
    await giveUpPorts(context)
    const left = await (await import('../deployment/containers.ts')).removeContainers(layout)
    await unscheduleBackups(layout, context.shell)
    await removeSchedule(layout, context.shell)
    // From here on nothing reaches the project by its path, and nothing that runs as its accounts is left to try.
    chmodSync(layout.home, 0o700)
    const running = await endAccounts(context.shell, layout)
    unwireProject(layout)
    rmSync(join(rootLayout(context.root).corpus, 'logs', name), { recursive: true, force: true })
    const accounts = await removeAccounts(context.shell, layout)
    await removeHome(context, layout.home)
    const done = [`removed ${layout.home}`, ...accounts, ...running, ...(left === '' ? [] : [left])]
    // Nothing is left to supervise: what was started for this root ends with its last project.
    if (projectNames(context).length === 0) {
      await retireSupervisor(servicesPlace(context.root))
      await (await import('../services/firewall.ts')).removeFirewall(context.shell, servicesPlace(context.root))
    }
    return done
  } finally {
    lock?.release()
  }
}

/** What the kernel holds for the account ends with it: whoever has the ports next may answer there. */
async function giveUpPorts({ root, shell }: Context): Promise<void> {
  const { holdPorts } = await import('../services/port-holders.ts')
  await holdPorts(shell, servicesPlace(root), new Map()).catch(() => {})
}

/** By folders that are opened and never by paths: what an account put there leads nowhere else. */
async function removeHome(context: Context, home: string): Promise<void> {
  const ended = await context.shell.run({ argv: ['/bin/rm', '-rf', '--', home] })
  if (ended.status !== 0 || existsSync(home))
    throw new CorpusError('DESTROY_HALF_DONE', `${home} could not be removed whole.`, {
      detail: textOf(ended.stderr).trim(),
    })
}
