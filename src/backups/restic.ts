/** Backups by restic: encrypted, deduplicated, in a folder, by sftp, in S3-like stores, or in a folder that rsync carries away. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { type Program, program } from '../shell/programs.ts'
import { rsyncWords } from '../shell/rsync.ts'
import { type Command, type Outcome, type Shell, textOf } from '../shell/shell.ts'
import { failure } from './run.ts'
import type { BackupTarget } from './target.ts'

export interface Repository {
  readonly shell: Shell
  readonly target: BackupTarget
  /** Backups of other projects in the same repository are none of ours. */
  readonly project: string
  /** restic's cache, and the copy of a repository that rsync fetched. */
  readonly ownFolder: string
  readonly signal?: AbortSignal
}

export interface Backup {
  /** 64 hexadecimal digits; the first eight tell it apart. */
  readonly id: string
  /** ISO 8601. */
  readonly time: string
  readonly host: string
  readonly paths: readonly string[]
}

export interface CreatedBackup {
  readonly id: string
  readonly files: number
  readonly bytes: number
  /** What this backup added to the repository. */
  readonly addedBytes: number
  /** Files that could not be read, for they went or changed meanwhile; the backup is there without them. */
  readonly incomplete: boolean
}

/** Makes the repository where there is none, backs up, forgets what is older than what is kept, and carries it away. */
export async function createBackup(repository: Repository, paths: readonly string[]): Promise<CreatedBackup> {
  await bringRepository(repository)
  const options = ['--json', `--tag=${repository.project}`, '--one-file-system']
  const backUp = () => restic(repository, ['backup', ...options, '--', ...paths])
  let outcome = await backUp()
  if (isAbsent(outcome)) {
    await must(repository, ['init'], 'The repository could not be made')
    outcome = await backUp()
  }
  // 3: there is a backup, but some files could not be read.
  if (outcome.status !== 0 && outcome.status !== 3) throw resticFailure(repository, outcome, 'Nothing was backed up')
  const summary = jsonLines(outcome).findLast(line => line['message_type'] === 'summary')
  if (summary === undefined)
    throw new CorpusError('BACKUP_FAILED', 'Nothing was backed up: restic did not say what it did.')
  await forget(repository)
  await carryAway(repository)
  return {
    id: String(summary['snapshot_id']),
    files: Number(summary['total_files_processed']),
    bytes: Number(summary['total_bytes_processed']),
    addedBytes: Number(summary['data_added']),
    incomplete: outcome.status === 3,
  }
}

/** Newest first. */
export async function listBackups(repository: Repository): Promise<Backup[]> {
  await bringRepository(repository)
  const outcome = await restic(repository, ['snapshots', '--json', `--tag=${repository.project}`])
  if (isAbsent(outcome)) return []
  if (outcome.status !== 0) throw resticFailure(repository, outcome, 'The backups could not be listed')
  const rows = JSON.parse(textOf(outcome.stdout) || '[]') as
    | { id: string; time: string; hostname: string; paths: string[] }[]
    | null
  const backups = (rows ?? []).map(({ id, time, hostname, paths }) => ({ id, time, host: hostname, paths }))
  return backups.sort((a, b) => (a.time < b.time ? 1 : -1))
}

/** The one that `id` begins, or the newest for `latest`. */
export async function findBackup(repository: Repository, id: string): Promise<Backup> {
  if (!/^(latest|[0-9a-f]{4,64})$/.test(id)) throw new CorpusError('BACKUP_UNKNOWN', `${shown(id)} is not a backup.`)
  const backups = await listBackups(repository)
  const found = id === 'latest' ? backups.slice(0, 1) : backups.filter(backup => backup.id.startsWith(id))
  const [backup] = found
  if (backup === undefined || found.length > 1)
    throw new CorpusError(
      'BACKUP_UNKNOWN',
      found.length > 1
        ? `More than one backup begins with ${id}.`
        : `There is no backup ${id} of ${repository.project}.`,
    )
  return backup
}

/** Puts the whole of a backup below `folder`, under the paths that it was made from; each file is held against its digest. */
export async function unpackBackup(repository: Repository, backup: Backup, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await must(
    repository,
    ['restore', '--verify', `--target=${folder}`, backup.id],
    `The backup ${backup.id.slice(0, 8)} could not be unpacked`,
  )
}

/** Holds the repository, and with `all` every byte in it, against its digests. */
export async function verifyBackups(repository: Repository, options: { readonly all: boolean }): Promise<void> {
  await bringRepository(repository)
  const outcome = await restic(repository, ['check', ...(options.all ? ['--read-data'] : [])])
  if (outcome.status === 0) return
  const fault = resticFailure(repository, outcome, 'The backups are not sound')
  throw fault.code === 'BACKUP_FAILED'
    ? new CorpusError('BACKUP_DAMAGED', fault.message, { detail: fault.detail })
    : fault
}

async function forget(repository: Repository): Promise<void> {
  const keep = Object.entries(repository.target.keep).flatMap(([unit, count]) =>
    count > 0 ? [`--keep-${unit}=${count}`] : [],
  )
  // By project alone: the paths of a backup change with the configuration.
  await must(
    repository,
    ['forget', '--prune', '--group-by=tags', `--tag=${repository.project}`, ...keep],
    'Old backups could not be forgotten',
  )
}

/** There is no repository yet: asked for of each that fails, for asking before would cost a second each time. */
function isAbsent(outcome: Outcome): boolean {
  const words = textOf(outcome.stderr)
  return (
    outcome.status !== 0 &&
    /Is there a repository at|does not exist|specified key does not exist/i.test(words) &&
    !/wrong password|no key found/.test(words)
  )
}

async function must(repository: Repository, words: readonly string[], failed: string): Promise<Outcome> {
  const outcome = await restic(repository, words)
  if (outcome.status !== 0) throw resticFailure(repository, outcome, failed)
  return outcome
}

/** A lock that a killed restic left is taken away; one that is in use stays, and is told. */
async function restic(repository: Repository, words: readonly string[]): Promise<Outcome> {
  const outcome = await repository.shell.run(commandOf(repository, words))
  if (outcome.status === 0 || !/repository is already locked/.test(textOf(outcome.stderr))) return outcome
  await repository.shell.run(commandOf(repository, ['unlock']))
  return repository.shell.run(commandOf(repository, words))
}

function commandOf({ target, ownFolder, signal }: Repository, words: readonly string[]): Command {
  return {
    argv: [
      program('nice'),
      program('restic'),
      `--repo=${target.repository}`,
      `--cache-dir=${join(ownFolder, 'cache')}`,
      ...words,
    ],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: process.env['HOME'] ?? '/',
      LC_ALL: 'C.UTF-8',
      ...target.secrets,
    },
    cwd: '/',
    keepBytes: 64 * 1024 * 1024,
    isLong: true,
    ...(signal && { signal }),
  }
}

function resticFailure(repository: Repository, outcome: Outcome, failed: string): CorpusError {
  const fault = failure({ argv: [program('restic')], failed }, outcome, repository.signal)
  if (fault.code !== 'BACKUP_FAILED') return fault
  const words = textOf(outcome.stderr)
  const locked = /repository is already locked/.test(words)
  const unreachable =
    /wrong password|no key found|unable to open (config file|repository)|connection refused|no such host|AccessDenied|Permission denied|timeout/i.test(
      words,
    )
  const told = locked ? `${failed}: another backup is at work.` : `${failed}: ${wordsThatTell(words)}.`
  return new CorpusError(unreachable && !locked ? 'BACKUP_UNREACHABLE' : 'BACKUP_FAILED', told, {
    detail: fault.detail,
  })
}

/** restic explains at length; the line with the reason begins with Fatal. */
function wordsThatTell(words: string): string {
  const lines = words
    .trim()
    .split('\n')
    .filter(line => line.trim() !== '')
  const fatal = lines.find(line => line.startsWith('Fatal: ')) ?? lines.at(-1) ?? 'restic gave no reason'
  return fatal
    .replace(/^Fatal: /, '')
    .replace(/\.$/, '')
    .slice(0, 300)
}

function jsonLines(outcome: Outcome): Record<string, unknown>[] {
  const lines = textOf(outcome.stdout)
    .split('\n')
    .filter(line => line.startsWith('{'))
  return lines.map(line => JSON.parse(line) as Record<string, unknown>)
}

/** Of an rsync target: the copy here becomes what is there, before anything else. A lost copy must not empty the target. */
async function bringRepository(repository: Repository): Promise<void> {
  const { target } = repository
  if (target.rsync === '') return
  mkdirSync(target.repository, { recursive: true, mode: 0o700 })
  const outcome = await rsync(repository, 'delete', target.rsync, target.repository)
  const absent = outcome.status === 23 && /No such file or directory/.test(textOf(outcome.stderr))
  if (outcome.status !== 0 && !absent) throw rsyncFailure(repository, outcome, 'The backups cannot be fetched')
}

/** In the order of the alphabet: data, then indexes, then snapshots, and what is no longer needed goes last. A reader finds what is named. */
async function carryAway(repository: Repository): Promise<void> {
  const { target } = repository
  if (target.rsync === '') return
  const outcome = await rsync(repository, 'delete-after', target.repository, target.rsync)
  if (outcome.status !== 0)
    throw rsyncFailure(repository, outcome, 'The backup was made, but could not be carried away')
}

async function rsync(
  { shell, target, signal }: Repository,
  deletes: 'delete' | 'delete-after',
  from: string,
  to: string,
): Promise<Outcome> {
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: process.env['HOME'] ?? '/',
    LC_ALL: 'C',
    ...target.secrets,
  }
  const options = {
    archive: null,
    'protect-args': null,
    timeout: '300',
    // Given to a daemon's URL it would go there by ssh.
    ...(target.rsync.startsWith('rsync://') ? {} : { rsh: 'ssh -oBatchMode=yes -oConnectTimeout=30' }),
    [deletes]: null,
  }
  const words = rsyncWords({ options, exclude: ['/locks/*'] }, `${from}/`, `${to}/`)
  const argv: [Program, ...string[]] = [program('nice'), program('rsync'), ...words]
  return shell.run({ argv, env, cwd: '/', keepBytes: 64 * 1024, isLong: true, ...(signal && { signal }) })
}

function rsyncFailure(repository: Repository, outcome: Outcome, failed: string): CorpusError {
  const fault = failure({ argv: [program('rsync')], failed }, outcome, repository.signal)
  return fault.code === 'BACKUP_FAILED'
    ? new CorpusError('BACKUP_UNREACHABLE', fault.message, { detail: fault.detail })
    : fault
}
