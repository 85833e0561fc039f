/** What a project runs by the clock: `schedule` of the configuration, as jobs of this machine's systemd or cron. */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { Dict } from '../salt/python/dict.ts'
import { plain } from '../salt/python/plain.ts'
import type { JobsWanted } from '../services/jobs.ts'
import type { Shell } from '../shell/shell.ts'
import { applicationEnvironment } from './application-environment.ts'
import type { Deployment } from './deployment.ts'

/** Makes the jobs of the release those of the machine, or takes them away where it has none. Throws SCHEDULE_INVALID. */
export async function installSchedule(deployment: Deployment, tree: string): Promise<void> {
  const { layout, cfg, account, release } = deployment
  const schedule = settingOf(cfg, 'schedule')
  const wanted = schedule instanceof Dict && schedule.size > 0
  if (!wanted && !hasJobs(layout)) return
  const { declaredJobs, installJobs } = await import('../services/jobs.ts')
  const jobs = wanted ? declaredJobs(plain(schedule)) : []
  const environment = applicationEnvironment(deployment, tree)
  await installJobs(await jobTools(layout, deployment.shell), {
    project: layout.name,
    release,
    tree,
    account,
    environment,
    jobs,
    tell: tellOfJobs(layout, deployment.installers),
  })
}

/** Of a project that is destroyed. */
export async function removeSchedule(layout: ProjectLayout, shell: Shell): Promise<void> {
  if (!hasJobs(layout)) return
  const { installJobs } = await import('../services/jobs.ts')
  const nothing = { project: layout.name, release: '', tree: layout.home, account: null, environment: {}, jobs: [] }
  await installJobs(await jobTools(layout, shell), nothing)
}

/** How a job that failed is told of: by what `notifications` names. */
export const tellOfJobs = (layout: ProjectLayout, installers: string): JobsWanted['tell'] => ({
  argv: job => [launcherBeside(installers), 'job-failed', `--root=${layout.root}`, layout.name, job],
  log: join(layout.deployments, 'runner.log'),
})

/** The command of the package that the installers belong to. */
export const launcherBeside = (installers: string): string => join(dirname(installers), 'scripts', 'corpus')

const hasJobs = (layout: ProjectLayout): boolean => existsSync(join(layout.root, 'corpus', 'jobs', layout.name))

/** What hands jobs to this machine's clock; throws where it has none. */
export async function jobTools(layout: ProjectLayout, shell: Shell) {
  const { clockOf } = await import('../services/jobs.ts')
  const { isBootedWithSystemd } = await import('../shell/systemd.ts')
  const { servicesPlace } = await import('../services/place.ts')
  return { place: servicesPlace(layout.root), shell, clock: clockOf(isBootedWithSystemd()) }
}
