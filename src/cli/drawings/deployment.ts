/** A deployment as it goes: its log to standard output, or with --json to standard error, where the record is the answer. */
import type { Telling } from '../../controller/request.ts'
import type { deployRequest } from '../../controller/requests/deploy.ts'
import type { jobFollowRequest } from '../../controller/requests/job-follow.ts'
import { draw, type Invocation } from '../drawing.ts'

const live = ({ json, print }: Pick<Invocation, 'json' | 'print'>) => {
  const write = json ? (text: string) => void process.stderr.write(text) : print
  return (telling: Telling) => {
    if (telling.kind === 'log') write(telling.text)
  }
}

export const drawing = draw<typeof deployRequest>({ live })

/** Whoever looks on may leave. */
export const followDrawing = draw<typeof jobFollowRequest>({ live, stops: true })
