/**
 * Git behind the two processes of root's: the desk says by the pipe what it decided, and bytes go by a socket of each request's
 * own, between whoever listens and git itself. The folder of the sockets is open to the account of what listens, and to nobody else.
 */

import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { Account } from '../shell/shell.ts'
import type { Answered } from './asking.ts'
import { faultAnswer } from './faults.ts'
import { type GitAsking, type GitDesk, type GitEnd, gitServices } from './git-asking.ts'
import type { DecidingDesk } from './git-desk.ts'

/** What whoever listens says, and what it is told; `git` is the number of the request. */
export type GitSaid =
  | { readonly git: number; readonly asking: GitAsking }
  | { readonly git: number; readonly gone: true }
export type GitTold = { readonly git: number } & (
  | { readonly refused: Answered }
  | { readonly allowed: true }
  | { readonly socket: string }
  | { readonly ended: GitEnd }
)

const patienceMilliseconds = 10_000

/** The side of the desk. */
export function gitBehind(desk: DecidingDesk, user: Account, tell: (told: GitTold) => void) {
  // It outlives no restart of the machine, and is never tidied away meanwhile.
  removeForsaken()
  const folder = mkdtempSync(`${folders}/${prefix}${process.pid}-`)
  chownSync(folder, 0, user.gid)
  chmodSync(folder, 0o710)
  const open = new Map<number, AbortController>()
  async function serve(git: number, asking: GitAsking): Promise<void> {
    const gone = new AbortController()
    open.set(git, gone)
    try {
      const decision = await desk.decide(asking, gone.signal)
      if (decision.kind === 'refused') return tell({ git, refused: decision.answered })
      if (decision.kind === 'allowed') return tell({ git, allowed: true })
      try {
        const path = join(folder, randomUUID())
        const socket = await connectionAt(path, gone.signal, () => tell({ git, socket: path }))
        const { ended } = decision.start(socket)
        // Git has it now.
        socket.destroy()
        tell({ git, ended: await ended })
      } finally {
        decision.forget()
      }
    } catch (error) {
      tell({ git, refused: faultAnswer(error, asking.requestId) })
    } finally {
      open.delete(git)
    }
  }
  return {
    hear(said: GitSaid): void {
      if ('gone' in said) open.get(said.git)?.abort()
      else void serve(said.git, said.asking)
    },
    close(): void {
      for (const gone of open.values()) gone.abort()
      removeFolder(folder)
    },
  }
}

const folders = '/run'
const prefix = 'corpus-serve-'

/** Of those that were killed. */
function removeForsaken(): void {
  for (const name of readdirSync(folders)) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? []
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeFolder(join(folders, name))
  }
}

/** With sockets that nobody came to. */
function removeFolder(folder: string): void {
  try {
    for (const name of readdirSync(folder)) unlinkSync(join(folder, name))
    rmdirSync(folder)
  } catch {
    // Another one tidies it at this moment.
  }
}

/** One connection; whoever comes second finds nothing. */
function connectionAt(path: string, gone: AbortSignal, listening: () => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Nothing of it is read here: all is git's.
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true })
    const end = () => {
      clearTimeout(timer)
      gone.removeEventListener('abort', giveUp)
      server.close()
    }
    const giveUp = () => {
      end()
      reject(new CorpusError('GIT_REQUEST_INVALID', 'Whoever asked is gone.'))
    }
    const timer = setTimeout(giveUp, patienceMilliseconds)
    gone.addEventListener('abort', giveUp)
    server.on('error', error => {
      end()
      reject(error)
    })
    server.on('connection', socket => {
      end()
      resolve(socket)
    })
    server.listen({ path, writableAll: true }, listening)
  })
}

/** Undefined where it is not what our own program says. */
export function readGitSaid(said: { readonly git?: unknown; readonly asking?: unknown; readonly gone?: unknown }) {
  if (!Number.isSafeInteger(said.git)) return undefined
  if (said.gone === true) return said as GitSaid
  const { name, repository, service, step, protocol, credential, address, requestId } = (said.asking ?? {}) as GitAsking
  const areTexts = [name, repository, protocol, address, requestId].every(one => typeof one === 'string')
  const isKnown = gitServices.includes(service) && ['refs', 'probe', 'exchange'].includes(step)
  return areTexts && isKnown && typeof credential === 'object' ? (said as GitSaid) : undefined
}

/** The side of whoever listens. */
export function gitAhead(say: (said: GitSaid) => void): GitDesk & { hear(told: GitTold): void } {
  const waiting = new Map<number, (told: GitTold) => void>()
  let next = 0
  return {
    hear: told => waiting.get(told.git)?.(told),
    open(asking, gone) {
      const git = next++
      gone.addEventListener('abort', () => waiting.has(git) && say({ git, gone: true }))
      return new Promise((resolve, reject) => {
        let settle: (end: GitEnd) => void = () => {}
        const ended = new Promise<GitEnd>(done => {
          settle = done
        })
        waiting.set(git, told => {
          if ('socket' in told) {
            const socket = connect({ path: told.socket, allowHalfOpen: true })
            socket.on('error', error => reject(error))
            socket.on('connect', () => resolve({ kind: 'running', git: { input: socket, output: socket, ended } }))
            return
          }
          waiting.delete(git)
          if ('ended' in told) settle(told.ended)
          else if ('refused' in told) {
            resolve({ kind: 'refused', answered: told.refused })
            settle({ status: 128, said: '' })
          } else resolve({ kind: 'allowed' })
        })
        say({ git, asking })
      })
    },
  }
}
