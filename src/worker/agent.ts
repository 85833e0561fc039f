/** The agent: keeps a runner loaded and waiting, so that a push need not wait for Node to start. Nothing depends on it. */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { rootLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { startWarm, type WarmProcess } from '../shell/warm.ts'

export interface AgentOptions {
  readonly root: string
  readonly launcher: string
}

/** Serves until SIGTERM. A second agent on the same root ends at once, with status 5. */
export async function agentMain(options: AgentOptions): Promise<number> {
  const layout = rootLayout(options.root)
  mkdirSync(dirname(layout.agentSocket), { recursive: true })
  if (existsSync(layout.agentSocket)) {
    if (await answers(layout.agentSocket)) {
      process.stderr.write(`corpus: an agent serves ${options.root} already\n`)
      return 5
    }
    rmSync(layout.agentSocket, { force: true })
  }
  const spares: WarmProcess[] = []
  const argv: [string, ...string[]] = [options.launcher, 'runner', '--warm', `--root=${options.root}`]
  const refill = () => {
    while (spares.length < 2) {
      const spare = startWarm(argv, layout.agentLog)
      spares.push(spare)
      spare.onEnd(() => {
        const at = spares.indexOf(spare)
        if (at < 0) return
        // It died before it was needed: not again in the same breath.
        spares.splice(at, 1)
        setTimeout(refill, 1000).unref()
      })
    }
  }
  const handOver = (name: string): boolean => {
    const spare = spares.shift()
    const taken = spare?.give(`${name}\n`) ?? false
    // The push has the machine to itself until then.
    setTimeout(refill, 500)
    return taken
  }
  const server = createServer(connection => serve(connection, handOver))
  // Only the account that owns the root may ask.
  const before = process.umask(0o177)
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(layout.agentSocket, resolve))
  process.umask(before)
  refill()
  await new Promise<void>(resolve => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  server.close()
  rmSync(layout.agentSocket, { force: true })
  for (const spare of spares.splice(0)) spare.stop()
  return 0
}

function serve(connection: Socket, handOver: (name: string) => boolean): void {
  let text = ''
  connection.setTimeout(5000, () => connection.destroy())
  connection.on('error', () => {})
  connection.on('data', piece => {
    text += piece.toString('latin1')
    const end = text.indexOf('\n')
    if (end < 0 && text.length < 200) return
    const [verb, name = ''] = text.slice(0, Math.max(0, end)).split(' ')
    if (verb === 'ping') connection.end('ok\n')
    else if (verb === 'run' && isName(name) && handOver(name)) connection.end('ok\n')
    else connection.end('no\n')
  })
}

function isName(text: string): boolean {
  try {
    projectName(text)
    return true
  } catch {
    return false
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect(socket, () => connection.write('ping\n'))
    connection.setTimeout(1000, () => connection.destroy())
    connection.on('data', () => resolve(true))
    connection.on('error', () => resolve(false))
    connection.on('close', () => resolve(false))
  })
}
