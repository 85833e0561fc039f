/** Brings one file here by whatever its URL says, within limits of size and time, and digests it on the way. */
import { createReadStream, statSync } from 'node:fs'
import { openAnywhere } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { program } from '../shell/programs.ts'
import { rsyncWords } from '../shell/rsync.ts'
import type { Command } from '../shell/shell.ts'
import { type Digest, digestOf } from './digest.ts'
import { receiver, type Transfer, tooLarge, unreachable } from './receiver.ts'
import { failure, plainEnvironment } from './run.ts'
import type { ArtifactUrl } from './url.ts'

/** Answers undefined when the other side says clearly that there is no such file. `path` must not exist yet. */
export async function transferFile(url: ArtifactUrl, path: string, transfer: Transfer): Promise<Digest | undefined> {
  if (url.scheme === 'file') return copyFile(url, path, transfer)
  if (url.scheme === 'rsync') return byProgram(url, path, transfer, rsyncCommand(url, path, transfer))
  if (url.scheme === 'ssh') return byProgram(url, path, transfer, scpCommand(url, path, transfer))
  const { download } = await import('./download.ts')
  return download(url, path, transfer)
}

async function copyFile(url: ArtifactUrl, path: string, { limits, signal }: Transfer): Promise<Digest | undefined> {
  const there = opened(url)
  if (!there) return undefined
  const { fd, entry } = there
  if (!entry.isFile() || entry.size > limits.maximumBytes) {
    there.close()
    throw entry.isFile() ? tooLarge(url, limits.maximumBytes) : unreachable(url, 'it is not a file')
  }
  const into = receiver(url, path, limits.maximumBytes)
  try {
    // Closes what was opened.
    const source = createReadStream('', { fd, start: 0, highWaterMark: 1024 * 1024, ...(signal && { signal }) })
    for await (const piece of source) into.take(piece as Buffer)
  } catch (cause) {
    throw signal?.aborted
      ? new CorpusError('CANCELLED', `${url.shown} was being fetched: it was cancelled.`)
      : readFault(url, cause)
  } finally {
    into.close()
  }
  return into.digest()
}

function opened(url: ArtifactUrl) {
  try {
    return openAnywhere(url.path)
  } catch (cause) {
    throw readFault(url, cause)
  }
}

function readFault(url: ArtifactUrl, cause: unknown): unknown {
  return cause instanceof CorpusError ? cause : unreachable(url, (cause as Error).message, cause)
}

/** The kernel holds the program to the size: neither rsync nor scp would stop in the middle of a file. */
function limited(transfer: Transfer, argv: readonly string[], env: Record<string, string> = {}): Command {
  const { maximumBytes, timeoutSeconds } = transfer.limits
  return {
    argv: [program('prlimit'), `--fsize=${maximumBytes}`, '--', ...argv],
    env: { ...plainEnvironment(), ...env },
    timeoutSeconds,
    keepBytes: 64 * 1024,
    umask: 0o027,
    ...(transfer.signal && { signal: transfer.signal }),
  }
}

function rsyncCommand(url: ArtifactUrl, path: string, transfer: Transfer): Command {
  const { idleSeconds } = transfer.limits
  const from = `rsync://${url.user && `${url.user}@`}${url.host}${url.port && `:${url.port}`}${url.path}`
  const options = {
    'no-motd': null,
    'copy-links': null,
    'whole-file': null,
    inplace: null,
    timeout: String(idleSeconds),
    contimeout: String(idleSeconds),
  }
  // The password goes by the environment: an argument can be read by every account of the machine.
  return limited(
    transfer,
    [program('rsync'), ...rsyncWords({ options }, from, path)],
    url.password ? { RSYNC_PASSWORD: url.password } : {},
  )
}

/** The sftp protocol: no shell of the other side reads the path. */
function scpCommand(url: ArtifactUrl, path: string, transfer: Transfer): Command {
  const { idleSeconds } = transfer.limits
  const alive = [
    `-oConnectTimeout=${idleSeconds}`,
    '-oServerAliveInterval=5',
    `-oServerAliveCountMax=${Math.ceil(idleSeconds / 5)}`,
  ]
  const options = ['-B', '-s', ...alive, ...(transfer.sshOptions ?? []), ...(url.port ? ['-P', url.port] : [])]
  const remote = url.path.startsWith('/~/') ? url.path.slice(3) : url.path
  return limited(transfer, [
    program('scp'),
    ...options,
    '--',
    `${url.user && `${url.user}@`}${url.host}:${remote}`,
    path,
  ])
}

async function byProgram(
  url: ArtifactUrl,
  path: string,
  transfer: Transfer,
  command: Command,
): Promise<Digest | undefined> {
  const outcome = await transfer.shell.run(command)
  const words = Buffer.from(outcome.stderr).toString('utf8')
  if (outcome.killedBy === 'SIGXFSZ' || outcome.status === 153 || /File too large/.test(words))
    throw tooLarge(url, transfer.limits.maximumBytes)
  if (outcome.status !== 0 && !outcome.timedOut && /No such file or directory/.test(words)) return undefined
  if (outcome.status !== 0) throw failure(command, outcome, 'ARTIFACT_UNREACHABLE', `${url.shown} cannot be fetched`)
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw unreachable(url, 'it is not a file')
  return digestOf(path, transfer.signal)
}
