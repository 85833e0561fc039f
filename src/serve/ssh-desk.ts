/**
 * The desk's side of ssh: sessions come by a socket that only the account of sshd's side may connect to (its mode is the kernel's
 * to enforce; what listens by HTTP is in no group, and is kept out). What is asked is decided by what the key's user may at that moment, and
 * then git, or a command of corpus, has the connection itself.
 */
import { chmodSync, chownSync, existsSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { rootLayout } from '../kernel/layout.ts'
import type { Account } from '../shell/shell.ts'
import { answerSession, type SessionTools } from './ssh-session.ts'

/** More at once are told to come again. */
const mostSessions = 256
/** All three connections of a session come within it. */
const patienceMilliseconds = 10_000
/** The kernel takes no longer command, and each byte of it may be escaped. */
const longestHeader = 1024 * 1024

export interface SshDesk {
  close(): void
}

/** `account` is sshd's side; null where everything is one user's. A second desk for the root waits until the first one is gone. */
export async function openSshDesk(tools: SessionTools, account: Account | null): Promise<SshDesk> {
  const path = rootLayout(tools.asked.root).sshSocket
  let server: Server | undefined
  let isClosed = false
  const { join, end } = meeting(tools)
  const tryToListen = async () => {
    if (server !== undefined || isClosed) return
    server = await listening(path, account, socket => void join(socket)).catch(() => undefined)
    if (isClosed) server?.close()
  }
  await tryToListen()
  const again = setInterval(() => void tryToListen(), patienceMilliseconds)
  again.unref()
  return {
    close() {
      isClosed = true
      clearInterval(again)
      // It takes its socket away with it.
      server?.close()
      end()
    },
  }
}

/** Undefined where another listens there. */
async function listening(
  path: string,
  account: Account | null,
  onConnection: (socket: Socket) => void,
): Promise<Server | undefined> {
  if (existsSync(path)) {
    if (await answers(path)) return undefined
    rmSync(path, { force: true })
  }
  const server = createServer({ allowHalfOpen: true }, onConnection)
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  } finally {
    process.umask(before)
  }
  if (account !== null) {
    chownSync(path, 0, account.gid)
    chmodSync(path, 0o660)
  }
  return server
}

const answers = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

interface Half {
  fields?: readonly string[]
  session?: Socket
  data?: Socket
  errors?: Socket
}

/** Puts the three connections of each session together. */
function meeting(tools: SessionTools): Meeting {
  const halves = new Map<string, Half>()
  const sessions = new Set<Socket>()
  return {
    async join(socket) {
      socket.on('error', () => {})
      socket.setTimeout(patienceMilliseconds, () => socket.destroy())
      const [kind = '', token = '', ...fields] = (await firstLine(socket)).split(' ')
      if (!/^[0-9a-f]{32}$/.test(token) || !(kind === 'session' || kind === 'data' || kind === 'errors'))
        return void socket.destroy()
      const half = halves.get(token) ?? {}
      halves.set(token, half)
      socket.on('close', () => halves.get(token) === half && halves.delete(token))
      half[kind] ??= socket
      if (kind === 'session') half.fields ??= fields.map(unescaped)
      const { session, data, errors } = half
      if (session === undefined || data === undefined || errors === undefined) return
      halves.delete(token)
      for (const one of [session, data, errors]) one.setTimeout(0)
      if (sessions.size >= mostSessions)
        session.write('say corpus: too many are here already; try again in a moment\nexit 128\n')
      else {
        sessions.add(session)
        await answerSession(tools, { fields: half.fields ?? [], session, data, errors })
        sessions.delete(session)
      }
      for (const one of [data, errors]) one.destroy()
      session.end()
    },
    end() {
      for (const session of sessions) session.destroy()
    },
  }
}

interface Meeting {
  /** Never throws. */
  join(socket: Socket): Promise<void>
  end(): void
}

/** Nothing comes behind it before we answer. Empty where it is none. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const settle = (line: string) => {
      socket.off('data', listen)
      socket.pause()
      resolve(line)
    }
    const listen = (piece: Buffer) => {
      text += piece.toString('latin1')
      if (text.endsWith('\n')) settle(text.slice(0, -1))
      else if (text.includes('\n') || text.length > longestHeader) settle('')
    }
    socket.on('data', listen)
    socket.on('end', () => settle(''))
    socket.on('close', () => settle(''))
  })
}

/** Bytes that are no UTF-8 are no name of ours either: they are replaced, and refused. */
const unescaped = (text: string): string =>
  Buffer.from(
    text.replace(/%([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  ).toString('utf8')
