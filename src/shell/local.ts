/** Runs commands on this machine, each in a process group of its own, so that killing one kills its children. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { processStat } from '../kernel/process-stat.ts'
import { type Started, started } from './behind.ts'
import { groupLives } from './group.ts'
import { program } from './programs.ts'
import type { Command, Outcome, Shell } from './shell.ts'

const defaultKeepBytes = 16 * 1024 * 1024
const graceMilliseconds = 5_000
const childrenGraceMilliseconds = 1_000

const nothing = new Uint8Array()
/** As if it had been stopped at once. */
const neverRan: Outcome = {
  status: 143,
  killedBy: 'SIGTERM',
  timedOut: false,
  pid: 0,
  stdout: nothing,
  stderr: nothing,
}

export const localShell: Shell = { run, runSync }

async function run(command: Command): Promise<Outcome> {
  // A quick one would be done before a signal reaches it.
  if (command.signal?.aborted) return neverRan
  const what = started(command)
  if (what.fault !== undefined) return notStarted(what.fault)
  if (!command.isLong) return follow(command, new AbortController(), () => startQuick(what, command))
  const { startLong } = await import('./long.ts')
  if (command.signal?.aborted) return neverRan
  const stopped = new AbortController()
  const options = { hasInput: command.input !== undefined, stop: stopped.signal, graceMilliseconds }
  return follow(command, stopped, () => startLong(what, options))
}

const startQuick = ({ argv: [file, ...words], env, cwd }: Started, { input }: Command): ChildProcess =>
  spawn(file, words, { cwd, env, detached: true, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })

/** From its start to its end, or that of its children where it is stopped. `stopped`: for whoever started it. */
function follow(command: Command, stopped: AbortController, start: () => ChildProcess): Promise<Outcome> {
  return new Promise(resolve => {
    const child = start()
    try {
      if (child.pid !== undefined) command.onStart?.(child.pid)
    } catch (error) {
      // Whoever was to note it could not: it would wait for its input for ever, and this process for it.
      killGroup(child)
      child.on('error', () => {}).stdin?.destroy()
      throw error
    }
    const stdout = keeper(command)
    const stderr = keeper(command)
    let timedOut = false
    let settled = false
    let stopping = false
    const stop = () => {
      stopping = true
      killGroup(child)
      stopped.abort()
    }
    const timer =
      command.timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true
            stop()
          }, command.timeoutSeconds * 1000)
    const settle = (outcome: Pick<Outcome, 'status' | 'killedBy'> & { spawnError?: string }) => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      command.signal?.removeEventListener('abort', stop)
      resolve({ ...outcome, timedOut, pid: child.pid ?? 0, stdout: stdout.bytes(), stderr: stderr.bytes() })
    }
    command.signal?.addEventListener('abort', stop)
    child.stdout?.on('data', (piece: Buffer) => {
      stdout.add(piece)
      command.onOutput?.(piece, 'stdout')
    })
    child.stderr?.on('data', (piece: Buffer) => {
      stderr.add(piece)
      command.onOutput?.(piece, 'stderr')
    })
    child.on('error', error => settle({ status: 127, killedBy: null, spawnError: startError(error, command) }))
    const end = async (code: number | null, signal: string | null, waitMilliseconds = 0) => {
      // A stopped command has ended when its children have.
      if (stopping) await groupGone(child)
      else if (waitMilliseconds > 0) await new Promise(done => setTimeout(done, waitMilliseconds).unref())
      settle({ status: code ?? 128, killedBy: signal })
    }
    child.on('close', (code, signal) => void end(code, signal))
    // A daemon that the command left behind may hold the pipes open: what matters is that the command ended.
    child.on('exit', (code, signal) => void end(code, signal, 2_000))
    if (child.stdin) {
      child.stdin.on('error', () => {})
      child.stdin.end(command.input)
    }
  })
}

function runSync(command: Command): Outcome {
  // timeout(1) puts the command into a process group of its own and signals the whole group.
  const limit =
    command.timeoutSeconds === undefined ? [] : [program('timeout'), '--kill-after=5', String(command.timeoutSeconds)]
  const { argv, env, cwd, fault } = started(command, limit)
  if (fault !== undefined) return notStarted(fault)
  const [file, ...args] = argv
  const ended = spawnSync(file, args, {
    cwd,
    env,
    ...apart(),
    input: command.input,
    stdio: [command.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    maxBuffer: command.keepBytes ?? defaultKeepBytes,
  })
  const timedOut = command.timeoutSeconds !== undefined && (ended.status === 124 || ended.status === 137)
  const outcome = {
    status: ended.status ?? 128,
    killedBy: ended.signal,
    timedOut,
    pid: ended.pid,
    stdout: ended.stdout ?? nothing,
    stderr: ended.stderr ?? nothing,
  }
  return ended.error && ended.pid === 0
    ? { ...outcome, status: 127, spawnError: startError(ended.error, command) }
    : outcome
}

/** Where whoever asks by hand has a terminal: another session. Without one it is ours, by which it is found when we are dead. */
function apart(): { readonly detached?: true } {
  return processStat('self')?.terminal === 0 ? {} : { detached: true }
}

function notStarted(spawnError: string): Outcome {
  return { status: 127, killedBy: null, timedOut: false, pid: 0, stdout: nothing, stderr: nothing, spawnError }
}

function killGroup(child: ChildProcess): void {
  const pid = child.pid
  if (pid === undefined) return
  signalGroup(pid, 'SIGTERM')
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMilliseconds).unref()
}

/** Waits a moment for the children of a stopped command whose first process has ended, then kills them. */
async function groupGone(child: ChildProcess): Promise<void> {
  const pid = child.pid
  if (pid === undefined) return
  for (let left = childrenGraceMilliseconds; left > 0 && groupLives(pid); left -= 20)
    await new Promise(done => setTimeout(done, 20))
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // gone already
  }
}

/** Of what a program of others prints that is too much, the end is worth as much as the beginning. */
function keeper({ keepBytes = defaultKeepBytes, ofProject }: Command) {
  const most = ofProject ? Math.ceil(keepBytes / 2) : keepBytes
  const head: Buffer[] = []
  let kept = 0
  let tail: Buffer[] = []
  let ending = 0
  let left = 0
  return {
    add(piece: Buffer) {
      const part = piece.subarray(0, most - kept)
      if (part.length > 0) head.push(part)
      kept += part.length
      if (!ofProject || part.length === piece.length) return
      tail.push(piece.subarray(part.length))
      ending += piece.length - part.length
      for (let first = tail[0]; first && ending - first.length >= most; first = tail[0]) {
        tail = tail.slice(1)
        ending -= first.length
        left += first.length
      }
    },
    bytes: () =>
      Buffer.concat(left === 0 ? [...head, ...tail] : [...head, Buffer.from(`\n[${left} bytes left out]\n`), ...tail]),
  }
}

/** ENOENT of spawn means the program *or* the working folder: say which. */
function startError(error: Error, command: Command): string {
  if (command.cwd !== undefined && !existsSync(command.cwd)) return `the folder ${command.cwd} does not exist`
  const { code } = error as NodeJS.ErrnoException
  if (code === 'E2BIG') return 'its arguments and variables are more than the kernel takes'
  return code === 'ENOENT' ? `${command.argv[0]} is not installed` : error.message
}
