/** Backups by the clock: `backup.schedule` becomes a job of this machine's systemd or cron. */

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { type ProjectLayout, rootLayout } from '../kernel/layout.ts'
import type { ProcessName, ProjectName } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Shell } from '../shell/shell.ts'
import { usualPath } from './application-environment.ts'
import { type Deployment, note } from './deployment.ts'
import { jobTools, launcherBeside, tellOfJobs } from './schedule.ts'

/** Whether there is anything to do: asked after every deployment, so it loads nothing. */
export function backupScheduleChanged({ layout, cfg }: Pick<Deployment, 'layout' | 'cfg'>): boolean {
  return scheduleOf(cfg) !== (textIfThere(recordOf(layout)) ?? '')
}

/** A schedule that this machine cannot keep is told of, and fails nothing: the backups of people go on. */
export async function scheduleBackups(deployment: Deployment): Promise<void> {
  const { layout, cfg, shell, installers } = deployment
  const schedule = scheduleOf(cfg)
  try {
    await install(layout, shell, schedule, installers)
    if (schedule === '') rmSync(recordOf(layout), { force: true })
    else writeWhole(recordOf(layout), schedule)
  } catch (error) {
    note(deployment, `backups will not run by the clock: ${(error as Error).message}`, 'warning')
  }
}

/** Of a project that is destroyed. */
export async function unscheduleBackups(layout: ProjectLayout, shell: Shell): Promise<void> {
  if (existsSync(recordOf(layout))) await install(layout, shell, '', '/')
  rmSync(join(rootLayout(layout.root).backups, layout.name), { recursive: true, force: true })
}

async function install(layout: ProjectLayout, shell: Shell, schedule: string, installers: string): Promise<void> {
  const { installJobs } = await import('../services/jobs.ts')
  const { parseSchedule } = await import('../services/schedule.ts')
  const job = () => ({
    name: 'backup' as ProcessName,
    schedule: parseSchedule(schedule),
    command: 'exec "$CORPUS_COMMAND" backup create "$CORPUS_PROJECT"',
  })
  await installJobs(await jobTools(layout, shell), {
    // No project's name begins so: the project's own jobs are kept apart from this one.
    project: `_backup-${layout.name}` as ProjectName,
    release: '',
    tree: layout.home,
    account: null,
    environment: {
      PATH: usualPath(),
      HOME: process.env['HOME'] ?? '/',
      CORPUS_ROOT: layout.root,
      CORPUS_PROJECT: layout.name,
      CORPUS_COMMAND: launcherBeside(installers),
    },
    jobs: schedule === '' ? [] : [job()],
    tell: tellOfJobs(layout, installers),
  })
}

function scheduleOf(cfg: Dict): string {
  const backup = settingOf(cfg, 'backup')
  const schedule = backup instanceof Dict ? backup.get('schedule') : undefined
  return typeof schedule === 'string' ? schedule : ''
}

const recordOf = (layout: ProjectLayout): string => join(rootLayout(layout.root).backups, layout.name, 'schedule')
