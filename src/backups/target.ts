/** Reads the `backup` of a configuration: where backups go, with which password, and how many stay. */
import { join } from 'node:path'
import { isOurPlace } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { isRoot } from '../shell/account.ts'

export interface BackupTarget {
  /** As restic names it: a folder, `sftp:…`, `s3:…`, `rest:…`. */
  readonly repository: string
  /** Where the repository's folder is copied to and from, when the target is one of rsync. */
  readonly rsync: string
  /** Passwords and keys, for the environment of restic and rsync: never among arguments. */
  readonly secrets: Readonly<Record<string, string>>
  readonly keep: Readonly<Record<KeepUnit, number>>
  /** A cron expression, or empty. */
  readonly schedule: string
}

type KeepUnit = 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly'
const units: readonly KeepUnit[] = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']
const usualKeep: Readonly<Partial<Record<KeepUnit, number>>> = { last: 3, daily: 7, weekly: 4, monthly: 12 }

/**
 * ```yaml
 * backup:
 *   target: /mnt/backups/shop        # or sftp:ann@host:/path, s3:https://host/bucket/path, rest:https://host/,
 *                                    # rsync://ann@host/module/path, rsync:ann@host:/path
 *   password: …                      # without it nothing can be restored: keep it elsewhere, too
 *   access_key_id: …                 # s3
 *   secret_access_key: …
 *   rsync_password: …                # rsync://
 *   keep: {daily: 7, weekly: 4}
 *   schedule: '30 3 * * *'
 * ```
 * undefined where nothing is declared; all faults at once, as BACKUP_INVALID. `ownFolder` is where the copy for an rsync target stands.
 */
export function backupTarget(declared: Value | undefined, ownFolder: string): BackupTarget | undefined {
  if (declared === undefined || declared === null) return undefined
  const faults: string[] = []
  const mapping = declared instanceof Dict ? declared : new Dict()
  if (mapping !== declared) faults.push('backup must be a mapping')
  const target = text(mapping, 'target')
  const kind = kindOf(target)
  if (kind === undefined) faults.push('target must be an absolute folder, or begin with sftp:, s3:, rest: or rsync:')
  const password = text(mapping, 'password')
  if (password.length < 8) faults.push('password must have 8 characters or more')
  const secrets = {
    RESTIC_PASSWORD: password,
    AWS_ACCESS_KEY_ID: text(mapping, 'access_key_id'),
    AWS_SECRET_ACCESS_KEY: text(mapping, 'secret_access_key'),
    RSYNC_PASSWORD: text(mapping, 'rsync_password'),
  }
  if (Object.values(secrets).some(secret => /[\0\n]/.test(secret))) faults.push('a password has a line break in it')
  const keep = keepOf(mapping.get('keep'), faults)
  if (faults.length > 0)
    throw new CorpusError('BACKUP_INVALID', `The backup is not in order: ${faults[0]}.`, { detail: faults.join('\n') })
  return {
    repository: kind === 'rsync' ? join(ownFolder, 'repository') : target,
    rsync: kind === 'rsync' ? target.replace(/^rsync:(?!\/\/)/, '') : '',
    secrets: Object.fromEntries(Object.entries(secrets).filter(([, secret]) => secret !== '')),
    keep,
    schedule: text(mapping, 'schedule'),
  }
}

/** What root reads and writes in a folder of somebody else's, that one decides. @throws CorpusError BACKUP_INVALID */
export function refuseOthersFolder({ repository }: Pick<BackupTarget, 'repository'>): void {
  if (!isRoot() || !repository.startsWith('/') || isOurPlace(repository)) return
  throw new CorpusError(
    'BACKUP_INVALID',
    `The target ${shown(repository)} lies where somebody else than root may write: that one decides what root reads and writes there.`,
  )
}

/** Nothing in a target may look like an option to the programs that it is given to. */
function kindOf(target: string): 'folder' | 'restic' | 'rsync' | undefined {
  if (/[\0\n]/.test(target)) return undefined
  if (target.startsWith('/')) return 'folder'
  if (/^sftp:([\w.][\w.-]*@)?[\w.][\w.-]*:.+$|^sftp:\/\/([\w.][\w.-]*@)?[\w.[][\w.:\]-]*\/.+$/.test(target))
    return 'restic'
  if (/^s3:(https?:\/\/)?[\w.[][^\s]*\/[^\s]+$|^rest:https?:\/\/[^\s-][^\s]*$/.test(target)) return 'restic'
  return /^rsync:\/\/([\w.][\w.-]*@)?[\w.[][\w.:\]-]*\/.+$|^rsync:([\w.][\w.-]*@)?[\w.][\w.-]*:.+$/.test(target)
    ? 'rsync'
    : undefined
}

function keepOf(declared: Value | undefined, faults: string[]): Record<KeepUnit, number> {
  const none = Object.fromEntries(units.map(unit => [unit, 0])) as Record<KeepUnit, number>
  if (declared === undefined || declared === null) return { ...none, ...usualKeep }
  if (!(declared instanceof Dict)) faults.push('keep must be a mapping')
  const keep = { ...none }
  for (const [unit, count] of declared instanceof Dict ? declared : []) {
    const known = units.find(one => one === unit)
    if (known === undefined) faults.push(`keep: ${String(unit)} is none of ${units.join(', ')}`)
    else if (typeof count !== 'number' || count < 0 || count > 10_000)
      faults.push(`keep: ${known} must be a whole number`)
    else keep[known] = count
  }
  if (Object.values(keep).every(count => count === 0)) faults.push('keep must keep something')
  return keep
}

function text(mapping: Dict, key: string): string {
  const value = mapping.get(key)
  return typeof value === 'string' ? value : ''
}
