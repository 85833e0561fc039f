/** corpus serve of a test's own: a free port, ended with its world. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll } from 'vitest'
import { corpusCommand, type World } from './world.ts'

export interface Said {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what a test reads of it, it says
  readonly json: any
}

export interface Asking {
  readonly token?: string
  readonly body?: unknown
  /** As it is sent. */
  readonly raw?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

export interface Serving {
  readonly port: number
  readonly process: ChildProcess
  ask(line: string, asking?: Asking): Promise<Said>
  /** By a signal; answers its exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export async function serve(world: World, ...words: string[]): Promise<Serving> {
  const [file = '', ...rest] = [...world.front, corpusCommand, 'serve', '--listen', '127.0.0.1:0', ...words]
  const child = spawn(file, rest, {
    env: world.env,
    cwd: world.scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => child.on('exit', resolve))
  const port = await new Promise<number>((resolve, reject) => {
    let said = ''
    const listen = (piece: Buffer) => {
      said += piece.toString()
      const found = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]
      if (found !== undefined) resolve(Number(found))
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    void ended.then(status => reject(new Error(`it ended with ${status}: ${said}`)))
  })
  return {
    port,
    process: child,
    ask: (line, asking = {}) => say(port, line, asking),
    end(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

function say(port: number, line: string, { token, body, raw, headers = {} }: Asking): Promise<Said> {
  const [method, path = ''] = line.split(' ')
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path: !/^\/(openapi|git\/|(api|mcp)$)/.test(path) ? `/api/v1${path}` : path,
        agent: false,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(content === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) }),
          ...headers,
        },
      },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => {
          text += piece
        })
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: parsed(text) }),
        )
        answer.on('error', reject)
      },
    )
    asked.on('error', reject)
    asked.end(content)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The account of whatever listens at a port of 127.0.0.1, by the kernel. */
export function listenerOf(port: number): number | undefined {
  const wanted = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map(one => one.trim().split(/\s+/))
    .find(one => one[1] === wanted && one[3] === '0A')
  return line === undefined ? undefined : Number(line[7])
}

const hadAccount = isThere('/etc/passwd', 'corpus')
const hadGroup = isThere('/etc/group', 'corpus-http')

/** The account of what listens and its group go where a test made them; another that listens as them now keeps them. */
function dropServerAccount(): void {
  if (process.getuid?.() !== 0 || hadAccount) return
  if (isThere('/etc/passwd', 'corpus') && spawnSync('userdel', ['corpus']).status !== 0) return
  if (!hadGroup && isThere('/etc/group', 'corpus-http')) spawnSync('groupdel', ['corpus-http'])
}

function isThere(file: string, name: string): boolean {
  return readFileSync(file, 'utf8')
    .split('\n')
    .some(line => line.startsWith(`${name}:`))
}

// Whoever serves need not think of it: of these, what was said first comes last.
afterAll(dropServerAccount)
