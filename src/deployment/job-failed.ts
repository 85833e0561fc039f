/** Tells of a job that failed: called by what the clock calls, `job-failed PROJECT JOB STATUS`. */
import { projectLayout } from '../kernel/layout.ts'
import { processName, projectName } from '../kernel/names.ts'
import { tellOfFailedJob } from './notices.ts'

/** Never fails for want of somebody to tell: what became of it is a line on standard error, which is the runner's log. */
export async function jobFailed(argv: readonly string[], root: string): Promise<number> {
  const [project = '', job = '', status = ''] = argv
  await tellOfFailedJob(projectLayout(root, projectName(project)), processName(job), status, event => {
    if (event.type === 'note') process.stderr.write(`${new Date().toISOString()} job ${job}: ${event.text}\n`)
  })
  return 0
}
