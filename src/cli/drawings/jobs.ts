/** Jobs, in words. */
import type { AnswerOf } from '../../controller/request.ts'
import type { jobEventsRequest } from '../../controller/requests/job-events.ts'
import type { jobShowRequest } from '../../controller/requests/job-show.ts'
import type { jobsRequest } from '../../controller/requests/jobs.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

type Job = AnswerOf<typeof jobShowRequest>

const head = ['job', 'request', 'project', 'state', '%', 'by', 'asked']
const row = (job: Job) => [
  job.id,
  job.request,
  job.project ?? '',
  job.state,
  String(job.progress),
  job.by,
  new Date(job.created_at).toISOString().slice(0, 19),
]

export const listDrawing = draw<typeof jobsRequest>({
  text: jobs => (jobs.length === 0 ? 'There is no job.\n' : tableText(head, jobs.map(row))),
})

export const drawing = draw<typeof jobShowRequest>({
  text: job =>
    `${tableText(head, [row(job)])}${job.error === null ? '' : `${job.error.message} (${job.error.code})\n`}`,
})

export const eventsDrawing = draw<typeof jobEventsRequest>({
  text: ({ events }) => events.map(one => `${one.offset} ${JSON.stringify(one.event)}\n`).join(''),
})
