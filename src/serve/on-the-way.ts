/** What comes to light on the way to an answer, as server-sent events before it: of any request, where `Accept: text/event-stream` asks for it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answered, Asking, Desk, Said } from './asking.ts'

/** Who hears nothing for so long may think that nobody is there. */
const silentMilliseconds = 10_000
/** More than this waits for nobody who reads: it is cut off, and may go on behind what it has. */
const mostWaitingBytes = 32 * 1024 * 1024

export const wantsOnTheWay = ({ headers }: FastifyRequest): boolean =>
  (headers.accept ?? '').split(',').some(one => one.trim().startsWith('text/event-stream'))

export function lastEventOf({ headers }: FastifyRequest): string | null {
  const last = headers['last-event-id']
  return typeof last === 'string' ? last : null
}

/**
 * `event: telling`, `event: warning`, and at the end `event: answer` with `{status, type, body}`. What is answered before there was
 * anything to tell is answered as ever, by `send`.
 */
export async function sendOnTheWay(
  desk: Desk,
  asking: Asking,
  reply: FastifyReply,
  gone: AbortSignal,
  send: (reply: FastifyReply, answered: Answered) => FastifyReply,
): Promise<FastifyReply | undefined> {
  const { raw } = reply
  let isOpen = false
  let isAnswered = false
  const write = (text: string) => {
    // What is said behind the answer is said to nobody.
    if (isAnswered || raw.destroyed) return
    if (!isOpen) {
      isOpen = true
      reply.hijack()
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
    }
    raw.write(text)
    if (raw.writableLength > mostWaitingBytes) raw.destroy()
  }
  const pulse = setInterval(() => write(': waits\n\n'), silentMilliseconds)
  try {
    const answered = await desk.ask(asking, gone, said => write(eventText(said)))
    const { status, type, body } = answered
    if (isOpen) write(`event: answer\ndata: ${JSON.stringify({ status, type, body })}\n\n`)
    isAnswered = true
    if (!isOpen) return send(reply, answered)
    raw.end()
    return undefined
  } finally {
    clearInterval(pulse)
  }
}

const eventText = ({ event, id, data }: Said): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`
