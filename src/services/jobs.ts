/** Jobs of a project that run by the clock, in the release's folder and environment: by systemd's timers or by the crond that is there. */

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type ProcessName, type ProjectName, processName } from '../kernel/names.ts'
import { isRoot } from '../shell/account.ts'
import { dropOf } from '../shell/behind.ts'
import { usualProcesses } from '../shell/limits.ts'
import { program, systemPath } from '../shell/programs.ts'
import type { Account, Shell } from '../shell/shell.ts'
import { putCronLines } from './crontab.ts'
import { type Environment, quoted } from './environment.ts'
import { launchText } from './launch.ts'
import type { Place } from './place.ts'
import { onCalendar, parseSchedule, type Schedule } from './schedule.ts'
import { scopeHere, systemctl, trySystemctl, unitFolder } from './systemd/manager.ts'
import { value } from './systemd/unit.ts'

export interface Job {
  readonly name: ProcessName
  readonly schedule: Schedule
  readonly command: string
}

/** Where jobs are handed to: systemd's timers, or files of a crond. */
export type Clock = 'systemd' | 'cron'

export interface JobTools {
  readonly place: Place
  readonly shell: Shell
  readonly clock: Clock
  /** `/etc/cron.d` and `/etc/systemd/system`; others in tests. */
  readonly cronFolder?: string
  readonly unitFolder?: string
}

export interface JobsWanted {
  readonly project: ProjectName
  readonly release: string
  readonly tree: string
  readonly account: Account | null
  readonly environment: Environment
  readonly jobs: readonly Job[]
  /** What tells of a job that failed, run by who installs the jobs; the status is put behind it. Its output goes to `log`. */
  readonly tell?: { readonly argv: (job: ProcessName) => readonly string[]; readonly log: string }
}

/** Reads `schedule:` of the configuration: `{NAME: {cron: "0 3 * * *", command: LINE}}`, or `{NAME: "0 3 * * * LINE"}`. */
export function declaredJobs(value: unknown): readonly Job[] {
  if (value === null || value === undefined) return []
  if (typeof value !== 'object' || Array.isArray(value))
    throw new CorpusError('SCHEDULE_INVALID', 'schedule is not a mapping of names to jobs.')
  return Object.entries(value).map(([name, job]) => {
    const fields =
      typeof job === 'string' ? split(job) : (job as { readonly cron?: unknown; readonly command?: unknown } | null)
    const { cron, command } = fields ?? {}
    if (typeof cron !== 'string' || typeof command !== 'string' || command.trim() === '' || command.includes('\0'))
      throw new CorpusError('SCHEDULE_INVALID', `schedule.${name} needs "cron" and "command".`)
    return { name: processName(name), schedule: parseSchedule(cron), command: command.trim() }
  })
}

function split(line: string) {
  const match = /^\s*(@\w+|(?:\S+\s+){4}\S+)\s+(.+)$/.exec(line)
  return { cron: match?.[1], command: match?.[2] }
}

/** What runs jobs on this machine; throws when nothing does. */
export function clockOf(bootedWithSystemd: boolean): Clock {
  if (bootedWithSystemd) return 'systemd'
  if (existsSync('/usr/sbin/cron') || existsSync('/usr/sbin/crond')) return 'cron'
  throw new CorpusError('CAPABILITY_MISSING', 'Nothing here runs jobs by the clock: neither systemd nor a crond.')
}

/** Makes exactly these the jobs of the project: those of the release before are replaced, none takes all away. */
export async function installJobs(tools: JobTools, wanted: JobsWanted): Promise<void> {
  const folder = join(tools.place.home, 'jobs', wanted.project)
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true, mode: 0o711 })
  for (const path of [dirname(folder), fresh]) chmodSync(path, 0o711)
  for (const job of wanted.jobs) writeJob(tools, wanted, job, fresh)
  // The launchers first, then who calls them: a job that comes due in between runs in one release or the other.
  rmSync(`${folder}.old`, { recursive: true, force: true })
  if (existsSync(folder)) renameSync(folder, `${folder}.old`)
  renameSync(fresh, folder)
  rmSync(`${folder}.old`, { recursive: true, force: true })
  if (tools.clock === 'cron') await installCron(tools, wanted, folder)
  else await installTimers(tools, wanted, folder)
  if (wanted.jobs.length === 0) rmSync(folder, { recursive: true, force: true })
}

/** The launcher: one run at a time, output to a log that is put aside when it is big. */
function writeJob(tools: JobTools, wanted: JobsWanted, job: Job, folder: string): void {
  const logs = join(tools.place.home, 'logs', wanted.project, 'jobs')
  mkdirSync(logs, { recursive: true, mode: 0o711 })
  // Whoever made them first let nobody else in: the account of the job has to pass, and need not see what else is there.
  for (const above of [dirname(logs), dirname(dirname(logs))]) chmodSync(above, (statSync(above).mode & 0o777) | 0o011)
  const log = join(logs, `${job.name}.log`)
  ownAgain(logs)
  for (const file of [log, `${log}.1`]) makeLog(file, wanted.account)
  const launch = join(folder, `${job.name}.launch`)
  const instance = {
    name: `${wanted.project}.${job.name}`,
    command: job.command,
    folder: wanted.tree,
    environment: wanted.environment,
    account: wanted.account,
  }
  writeFileSync(launch, launchText(instance, null), { mode: 0o400 })
  const file = (path: string) => quoted(path).toString()
  const start = join(folder, job.name)
  const final = join(tools.place.home, 'jobs', wanted.project, `${job.name}.launch`)
  writeFileSync(start, jobScript(file(log), file(final)), { mode: 0o755 })
  chmodSync(start, 0o755)
  const own = (suffix: string) => file(join(tools.place.home, 'jobs', wanted.project, `${job.name}${suffix}`))
  writeFileSync(join(folder, `${job.name}.run`), runScript(wanted.account, own(''), own('.ended')), { mode: 0o755 })
  writeFileSync(join(folder, `${job.name}.ended`), endedScript(wanted, job), { mode: 0o755 })
  if (wanted.account && isRoot()) chownSync(launch, wanted.account.uid, wanted.account.gid)
}

/** The account of a job writes to its log, and to nothing else in the folder: what root does there by name is safe. */
function makeLog(file: string, account: Account | null): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  const log = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o640)
  try {
    if (account && isRoot()) fchownSync(log, account.uid, account.gid)
  } finally {
    closeSync(log)
  }
}

/** The folder was the account's in versions before: what may stand there in the place of a log is put aside. */
function ownAgain(folder: string): void {
  const entry = lstatSync(folder)
  if (!isRoot() || entry.uid === 0) return
  lchownSync(folder, 0, 0)
  chmodSync(folder, 0o711)
  for (const name of readdirSync(folder)) {
    const found = lstatSync(join(folder, name), { throwIfNoEntry: false })
    if (found && (!found.isFile() || found.nlink > 1)) renameSync(join(folder, name), join(folder, `${name}.aside`))
  }
}

const largestLogBytes = 5_000_000

const jobScript = (log: string, launch: string) => `#!/bin/sh
# Runs the job once; a run that is still going on is not joined by another.
exec 9>> ${log} || exit 1
flock -n 9 || { echo "$(date -u +%FT%TZ) still running: skipped" >> ${log}; exit 0; }
if [ "$(stat -c %s ${log})" -gt ${largestLogBytes} ]; then cp ${log} ${log}.1 2>/dev/null; : > ${log}; fi
exec >> ${log} 2>&1
echo "$(date -u +%FT%TZ) begins"
/usr/bin/env -i /bin/sh ${launch}
status=$?
echo "$(date -u +%FT%TZ) ended with $status"
exit $status
`

/** Who tells of a failure may read what the account of the project may not: a secret in the configuration. */
const runScript = (account: Account | null, job: string, ended: string): string => {
  // What cron or a crontab has in its environment stays here.
  const as =
    account && isRoot()
      ? `${program('env')} -i PATH=${systemPath} ${program('prlimit')} --nproc=${usualProcesses} -- ${dropOf({ user: account }).join(' ')} `
      : ''
  return `#!/bin/sh
# Runs the job as its account, then tells of its end.
${as}/bin/sh ${job}
status=$?
/bin/sh ${ended} $status
exit $status
`
}

/** Called with the status by the script above, by systemd with its own variables. */
function endedScript({ tell }: JobsWanted, job: Job): string {
  if (tell === undefined) return '#!/bin/sh\n'
  const words = tell.argv(job.name).map(word => quoted(word).toString())
  return `#!/bin/sh
# Tells of a job that failed.
status=\${1:-$EXIT_STATUS}
case \${SERVICE_RESULT:-$status} in 0 | success) exit 0 ;; esac
exec ${words.join(' ')} "$status" >> ${quoted(tell.log)} 2>&1
`
}

async function installCron(tools: JobTools, wanted: JobsWanted, folder: string): Promise<void> {
  const lines = wanted.jobs.map(job => ({
    when: job.schedule.text,
    command: `/bin/sh ${quoted(join(folder, `${job.name}.run`))}`,
  }))
  await putCronLines(tools, wanted.project, lines)
}

/** What is to go is stopped before its files are: where that fails they are still there, and the next call finds them. */
async function installTimers(tools: JobTools, wanted: JobsWanted, folder: string): Promise<void> {
  const scope = scopeHere()
  const asking = { shell: tools.shell, scope, timeoutSeconds: 60 }
  const units = tools.unitFolder ?? unitFolder(scope)
  mkdirSync(units, { recursive: true })
  const prefix = `corpus-job-${wanted.project}.`
  const names = new Set<string>(wanted.jobs.map(job => `${prefix}${job.name}`))
  const old = readdirSync(units)
    .filter(file => file.startsWith(prefix) && /\.(timer|service)$/.test(file))
    .filter(file => !names.has(file.replace(/\.\w+$/, '')))
  const timers = old.filter(file => file.endsWith('.timer'))
  if (timers.length > 0) await systemctl(asking, ['disable', '--now', ...timers])
  for (const file of old) rmSync(join(units, file), { force: true })
  for (const job of wanted.jobs) {
    const { service, timer } = jobUnits(wanted, job, join(folder, job.name), scope === 'system')
    writeFileSync(join(units, `${prefix}${job.name}.service`), service)
    writeFileSync(join(units, `${prefix}${job.name}.timer`), timer)
  }
  await systemctl(asking, ['daemon-reload'])
  // One that failed in its last run would be listed for ever; it is no fault when none did.
  if (old.length > 0) await trySystemctl(asking, ['reset-failed', ...old])
  if (names.size > 0) await systemctl(asking, ['enable', '--now', ...[...names].map(name => `${name}.timer`)])
}

export function jobUnits(
  wanted: JobsWanted,
  job: Job,
  script: string,
  isSystem: boolean,
): { readonly service: string; readonly timer: string } {
  const user = isSystem && wanted.account ? `User=${wanted.account.name}\nGroup=${wanted.account.gid}\n` : ''
  // With the +, who tells of a failure is not the account of the project.
  const service = `[Unit]\nDescription=corpus ${wanted.project}: the job ${job.name}\n\n[Service]\nType=oneshot\nExecStart=/usr/bin/env -i PATH=${systemPath} /bin/sh ${value(script)}\nTasksMax=${usualProcesses}\nExecStopPost=+/bin/sh ${value(`${script}.ended`)}\n${user}NoNewPrivileges=yes\n`
  const events = onCalendar(job.schedule)
    .map(one => `OnCalendar=${one}\n`)
    .join('')
  const timer = `[Unit]\nDescription=corpus ${wanted.project}: when the job ${job.name} runs\n\n[Timer]\n${events}AccuracySec=1s\n\n[Install]\nWantedBy=timers.target\n`
  return { service, timer }
}

export const jobLogFile = (place: Place, project: ProjectName, name: ProcessName): string =>
  join(place.home, 'logs', project, 'jobs', `${name}.log`)

/** The jobs' logs, for people. */
export function jobLog(place: Place, project: ProjectName, name: ProcessName): string {
  const file = jobLogFile(place, project, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
