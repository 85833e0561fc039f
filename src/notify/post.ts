/** Posts a small JSON document, and understands the answer. */
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Refusal } from './deliver.ts'

/** Resolves for 2xx. 4xx is a refusal, save for 408 and 429; a redirect is one too, for it would lose the body. */
export async function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const response = await answerTo(url, body, headers, signal)
  response.resume()
  response.destroy()
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return
  const error = `it answers ${status}`
  throw status >= 300 && status < 500 && status !== 408 && status !== 429 ? new Refusal(error) : new Error(error)
}

function answerTo(
  url: string,
  body: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp
    const length = String(Buffer.byteLength(body))
    const all = { 'content-type': 'application/json', 'user-agent': 'corpus', 'content-length': length, ...headers }
    const call = request(url, { method: 'POST', headers: all, signal, agent: false }, resolve)
    call.on('error', reject)
    call.end(body)
  })
}
