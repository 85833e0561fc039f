/** Names, one a line; where there is none, a sentence. */
import type { domainsListRequest } from '../../controller/requests/domains-list.ts'
import { draw } from '../drawing.ts'

const linesOr = (none: (name: string) => string) =>
  draw<typeof domainsListRequest>({
    text: (names, { params }) => (names.length === 0 ? none(params.name) : names.join('\n')) + '\n',
  })

/** Behind the names, for they are what was asked for. */
export const hostsChangedDrawing = draw<typeof domainsListRequest>({
  text: (names, { params }) =>
    `${names.map(one => `${one}\n`).join('')}It counts from the next deployment on: corpus deploy ${params.name}\n`,
})

export const hostsDrawing = linesOr(name => `${name} has no host name of its own.`)
export const tasksDrawing = linesOr(name => `${name} has no tasks: a state file .salt/task_TASK.sls is one.`)
