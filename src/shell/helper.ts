/**
 * A small process at hand (`hooks/helper.pl`): it takes locks by flock(2) and starts commands. A large process forks
 * slowly (2 to 4 ms each time, in which it does nothing else), and one that has just started would first load what that
 * takes; this one forks in half a millisecond.
 */

import { close, read, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Lock } from './lock.ts'
import { program } from './programs.ts'
import type { Command } from './shell.ts'

export interface Helper {
  /** The lock on a file, or null when another holds it. One at a time. */
  take(path: string): Promise<Lock | null>
  /** A further lock, or null when another holds that; any number of them. The file is there. */
  hold(path: string): Promise<Lock | null>
  /** Whose sockets take what comes to 127.0.0.1 at a port, as user ids; null where the kernel does not say. */
  usersListeningAt(port: number): Promise<readonly number[] | null>
  /** Runs a command whose output nobody wants, and says its status; 127 when it could not be started. One after the other. */
  run(command: Pick<Command, 'argv'> & { readonly cwd: string; readonly env: Record<string, string> }): Promise<number>
  /** Has a process stand ready for the post-receive hook of a push that is prefetched; `mark` is the folder with its pipes. */
  standReady(push: { readonly home: string; readonly root: string; readonly name: string; readonly mark: string }): void
  stop(): void
}

/** The two ends of the pipes to it. */
interface Line {
  send(text: string): void
  end(): void
}

/** Starts one of its own. `home`: the folder of the package. */
export async function startHelper(home: string): Promise<Helper> {
  const { spawn } = await import('node:child_process')
  return helperOver((received, gone) => {
    const child = spawn(program('perl'), [join(home, 'src', 'hooks', 'helper.pl')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    child.stdout.on('data', (piece: Buffer) => received(piece.toString()))
    child.on('exit', gone)
    child.on('error', gone)
    child.stdin.on('error', () => {})
    return { send: text => void child.stdin.write(text), end: () => child.stdin.end() }
  })
}

/** The one that whoever started this process left at hand: answers come from one file descriptor, requests go to the other. */
export function inheritedHelper(answers: number, requests: number): Helper {
  return helperOver((received, gone) => {
    const piece = Buffer.alloc(64)
    const next = () =>
      read(answers, piece, 0, piece.length, null, (error, bytes) => {
        if (error || bytes === 0) return gone()
        received(piece.toString('latin1', 0, bytes))
        next()
      })
    next()
    return { send: text => void writeSync(requests, text), end: () => close(requests) }
  })
}

function helperOver(open: (received: (text: string) => void, gone: () => void) => Line): Helper {
  let stopped = false
  let answer: ((line: string) => void) | null = null
  let last: Promise<unknown> = Promise.resolve()
  let holds = 0
  const line = open(
    text => {
      answer?.(text.trim())
      answer = null
    },
    () => {
      // The lock went with it: whoever goes on now could meet another runner. One that only waits is replaced.
      if (!stopped) process.kill(process.pid, 'SIGKILL')
    },
  )
  // One request after the other: each answer belongs to the request before it.
  const asked = (...words: string[]): Promise<string> => {
    const told = last.then(
      () =>
        new Promise<string>(resolve => {
          answer = resolve
          line.send(`${words.map(escaped).join(' ')}\n`)
        }),
    )
    last = told
    return told
  }
  const ask = async (...words: string[]): Promise<number> => Number(await asked(...words))
  return {
    async take(path) {
      if ((await ask('lock', path)) !== 0) return null
      return { release: () => void ask('free') }
    },
    async hold(path) {
      const name = String(++holds)
      if ((await ask('hold', name, path)) !== 0) return null
      return { release: () => void ask('drop', name) }
    },
    async usersListeningAt(port) {
      const told = await asked('listening', String(port))
      if (told === 'nobody') return []
      return /^\d+( \d+)*$/.test(told) ? told.split(' ').map(Number) : null
    },
    run({ argv, cwd, env }) {
      const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
      return ask('run', cwd, String(variables.length), ...variables, ...argv)
    },
    standReady: ({ home, root, name, mark }) => void ask('answer', home, root, name, mark),
    stop() {
      void last.then(() => {
        stopped = true
        line.end()
      })
    },
  }
}

/** What separates words and lines, escaped. */
const escaped = (word: string): string =>
  word.replace(/[% \n]/g, character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
