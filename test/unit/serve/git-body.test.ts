import { createServer, type IncomingMessage, request } from 'node:http'
import { PassThrough } from 'node:stream'
import { afterEach, test, vi } from 'vitest'
import { discard, feed } from '../../../src/serve/git-body.ts'

const server = createServer()
afterEach(() => {
  vi.useRealTimers()
  server.removeAllListeners('request')
  server.closeAllConnections()
  server.close()
})

/** A request as it comes over a real connection, and what its sender sees. */
async function arrived(): Promise<{ readonly incoming: IncomingMessage; readonly closed: Promise<void> }> {
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { readonly port: number }
  const comes = new Promise<IncomingMessage>(resolve => server.on('request', resolve))
  const asked = request({ host: '127.0.0.1', port, method: 'POST', agent: false })
  const closed = new Promise<void>(resolve => {
    asked.on('error', () => resolve())
  })
  asked.write('00')
  return { incoming: await comes, closed }
}

test('who sends next to nothing while git waits for it is cut off', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { incoming, closed } = await arrived()
  const fed = feed(incoming, new PassThrough())
  vi.advanceTimersByTime(60_000)
  await closed
  await fed
})

test('who sends on after the answer is cut off', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { incoming, closed } = await arrived()
  discard(incoming)
  vi.advanceTimersByTime(5_000)
  await closed
})
