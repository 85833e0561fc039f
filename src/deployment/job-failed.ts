/** Tells of a job that failed: called by what the clock calls, `job-failed PROJECT JOB STATUS`. */
import { projectLayout } from '../kernel/layout.ts'
import { processName, projectName } from '../kernel/names.ts'
import { openLog } from '../log/log.ts'
import { tellOfFailedJob } from './notices.ts'

/** Never fails for want of somebody to tell: what became of it is a line on standard error, which is the runner's log. */
export async function jobFailed(argv: readonly string[], root: string): Promise<number> {
  const [project = '', job = '', status = ''] = argv
  const log = openLog({ part: 'job' })
  await tellOfFailedJob(projectLayout(root, projectName(project)), processName(job), status, event => {
    if (event.type === 'note') log[event.level === 'notice' ? 'info' : 'warn']({ project, job }, event.text)
  })
  return 0
}
