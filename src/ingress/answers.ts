/** Whether an address that people are told answers: asked on this machine, whatever its name leads to. */
import { request } from 'node:http'

const patienceMilliseconds = 2000

/** False where nobody listens, or nginx says that nobody stands behind it. Who is only slow answers. */
export async function doesAnswer(url: string): Promise<boolean> {
  const { protocol, hostname, port, host } = new URL(url)
  const isTls = protocol === 'https:'
  const send = isTls ? (await import('node:https')).request : request
  const isHere = /^(127\.|localhost$|\[::1\]$)/.test(hostname)
  return new Promise(resolve => {
    const asked = send({
      method: 'HEAD',
      path: '/',
      host: isHere ? hostname.replace(/^\[|\]$/g, '') : '127.0.0.1',
      port: port || (isTls ? 443 : 80),
      headers: { host, 'user-agent': 'corpus-status' },
      timeout: patienceMilliseconds,
      // A certificate of its own making is an answer, too.
      ...(isTls ? { servername: hostname, rejectUnauthorized: false } : {}),
    })
    const end = (answers: boolean) => {
      resolve(answers)
      asked.destroy()
    }
    asked.on('response', ({ statusCode = 0 }) => end(statusCode !== 502 && statusCode !== 504))
    asked.on('timeout', () => end(true))
    asked.on('error', () => end(false))
    asked.end()
  })
}
