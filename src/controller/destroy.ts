/** destroy: everything of a project goes, once its name was repeated. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readSaved } from '../configuration/saved.ts'
import { CorpusError } from '../kernel/errors.ts'
import { projectLayout, rootLayout } from '../kernel/layout.ts'
import { projectName, shown } from '../kernel/names.ts'
import { unscheduleBackups } from '../procedures/backup-schedule.ts'
import { removeSchedule } from '../procedures/jobs.ts'
import { stopProcesses } from '../procedures/processes.ts'
import { unwireProject } from '../procedures/project-layout.ts'
import { hasSite } from '../procedures/site-wanted.ts'
import { servicesPlace } from '../services/place.ts'
import { retireSupervisor } from '../services/runit/retire.ts'
import { bringOwnFolder, type Context, openProject, projectNames } from './context.ts'
import { lockProject } from './lock.ts'
import { removeAccount } from './project-account.ts'

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
    if (hasSite(layout)) await (await import('../procedures/reach.ts')).unreach(layout, context.shell)
    await stopProcesses(layout, context.shell)
    const left = await (await import('../procedures/containers.ts')).removeContainers(layout)
    await unscheduleBackups(layout, context.shell)
    await removeSchedule(layout, context.shell)
    // A configuration that names another does not undo that init made one.
    const users = new Set([savedUser(layout.savedConfiguration), `${name}-user`])
    unwireProject(layout)
    rmSync(join(rootLayout(context.root).corpus, 'logs', name), { recursive: true, force: true })
    const accounts: string[] = []
    for (const user of users) if (user) accounts.push(...(await removeAccount(context.shell, layout, user)))
    // The repositories go last: without them the project would not be found by a second try.
    rmSync(layout.home, { recursive: true, force: true })
    const done = [`removed ${layout.home}`, ...accounts, ...(left === '' ? [] : [left])]
    // Nothing is left to supervise: what was started for this root ends with its last project.
    if (projectNames(context).length === 0) await retireSupervisor(servicesPlace(context.root))
    return done
  } finally {
    lock?.release()
  }
}

function savedUser(file: string): string | undefined {
  try {
    const user = readSaved(file).snapshot?.get('user')
    return typeof user === 'string' ? user : undefined
  } catch {
    return undefined
  }
}
