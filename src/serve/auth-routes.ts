/** The routes by which browsers log in and out, beside those of the API. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Answered, Asking, Desk } from './asking.ts'
import { loginIn, sessionIn } from './cookies.ts'

interface Tools {
  readonly desk: Desk
  /** Throws USAGE. */
  asking(name: string, request: FastifyRequest): Asking
  send(reply: FastifyReply, answered: Answered): FastifyReply
}

export function addAuthRoutes(server: FastifyInstance, { desk, asking, send }: Tools): void {
  const add = (
    method: string,
    path: string,
    name: string,
    change: (asked: Asking, request: FastifyRequest) => Asking,
  ) =>
    server.route({
      method,
      url: `/auth/${path}`,
      async handler(request, reply) {
        const gone = new AbortController()
        reply.raw.on('close', () => gone.abort())
        return send(reply, await desk.ask(change(asking(name, request), request), gone.signal))
      },
    })
  const asItIs = (asked: Asking): Asking => asked
  // Whoever logs in says who it is in the body alone; the session that it came with ends.
  const withoutHeader = (asked: Asking, request: FastifyRequest): Asking => ({
    ...asked,
    credential: sessionIn(request),
  })
  add('POST', 'login', 'auth login', (asked, request) => ({
    ...withoutHeader(asked, request),
    // A password in an address would be in the log of every proxy.
    given: (request.body ?? {}) as Asking['given'],
  }))
  add('GET', 'login', 'auth begin', asked => ({ ...asked, given: {} }))
  add('GET', 'callback', 'auth callback', (asked, request) => ({
    ...withoutHeader(asked, request),
    given: { query: request.query, kept: loginIn(request) },
  }))
  add('GET', 'me', 'auth me', asItIs)
  add('POST', 'logout', 'auth logout', asItIs)
}
