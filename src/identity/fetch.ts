/** fetch over node:http, for one provider: with certificates of its own, no redirects, and an end to what it sends. */
import { request as requestHttp } from 'node:http'
import { Agent, request as requestHttps } from 'node:https'
import { trustIn } from './trust.ts'

export interface FetchLimits {
  readonly ca: string | null
  readonly timeoutSeconds: number
}

interface Sent {
  readonly method?: string
  readonly headers?: unknown
  readonly body?: unknown
}

const mostBytes = 1024 * 1024

/** For `customFetch` of openid-client: Node's own takes no certificates, and refuses some ports by their number. */
export function fetchOf({ ca, timeoutSeconds }: FetchLimits): (url: string, sent: Sent) => Promise<Response> {
  const agent = new Agent({ secureContext: trustIn(ca), rejectUnauthorized: true })
  return (url, { method = 'GET', headers, body }) =>
    new Promise((resolve, reject) => {
      const content = body === undefined || body === null ? undefined : Buffer.from(String(body))
      const isSafe = new URL(url).protocol === 'https:'
      const request = isSafe ? requestHttps : requestHttp
      const call = request(url, {
        method,
        headers: { ...Object.fromEntries(new Headers(headers as Record<string, string>)), 'user-agent': 'corpus' },
        agent: isSafe ? agent : false,
        // Of all of it, whatever it sends meanwhile.
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
      })
      call.on('error', reject)
      call.on('response', answer => {
        const pieces: Buffer[] = []
        let length = 0
        answer.on('error', reject)
        answer.on('data', (piece: Buffer) => {
          length += piece.length
          pieces.push(piece)
          if (length > mostBytes) call.destroy(new Error('It sends too much.'))
        })
        answer.on('end', () => {
          const status = answer.statusCode ?? 502
          const said = new Headers()
          for (const [name, value] of Object.entries(answer.headers))
            for (const one of [value ?? []].flat()) said.append(name, one)
          const isBare = status === 204 || status === 205 || status === 304
          resolve(new Response(isBare ? null : Buffer.concat(pieces), { status, headers: said }))
        })
      })
      call.end(content)
    })
}
