/** Ports of loopback for daemons of a test's own. */
import { createConnection, createServer } from 'node:net'
import { eventually } from './world.ts'

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Returns when somebody listens there. */
export async function listening(port: number): Promise<void> {
  const opens = () =>
    new Promise<boolean>(resolve => {
      const socket = createConnection(port, '127.0.0.1', () => {
        socket.destroy()
        resolve(true)
      }).on('error', () => resolve(false))
    })
  await eventually(`something listens on ${port}`, opens, 20)
}
