/** The agent's endpoint for Prometheus: one page, on loopback alone. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { metricsOf } from '../controller/metrics.ts'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { localShell } from '../shell/local.ts'

export interface MetricsEndpoint {
  readonly port: number
  close(): void
}

/** Port 0 is any that is free. Throws PORT_TAKEN. */
export async function openMetricsEndpoint(
  root: string,
  home: string,
  port: number,
  options: { readonly tell?: (fault: string) => void } = {},
): Promise<MetricsEndpoint> {
  const text = metricsOf({ root, home, shell: localShell })
  let last = Promise.resolve('')
  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics')
      return void response.writeHead(404, { 'content-type': 'text/plain' }).end('The figures are at /metrics.\n')
    try {
      // One after the other: who asks too often waits, and the machine does not.
      last = last.catch(() => '').then(text)
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(await last)
    } catch (error) {
      options.tell?.(faultOf(error).message)
      response
        .writeHead(500, { 'content-type': 'text/plain' })
        .end('The figures cannot be had: see the log of the agent.\n')
    }
  })
  server.headersTimeout = 10_000
  await listen(server, port)
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}

/** As it stands on the command line. */
export function metricsPort(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new CorpusError('USAGE', `${shown(text)} is not a port.`)
  return port
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(new CorpusError('PORT_TAKEN', `The port ${port} for metrics cannot be had: ${cause.message}.`, { cause })),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
}
