/** Reads the `notifications` of a configuration: which means, and for which ends. */

import { CorpusError } from '../kernel/errors.ts'
import type { EndState } from '../kernel/events.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import type { Program } from '../shell/programs.ts'

interface Common {
  /** The ends that are told; all of them unless said otherwise. */
  readonly on: readonly EndState[]
}
export interface Mail extends Common {
  readonly kind: 'mail'
  readonly to: readonly string[]
  readonly from: string
  /** `smtp://` or `smtps://` with account, host and port. */
  readonly smtp: string
}
export interface Webhook extends Common {
  readonly kind: 'webhook'
  readonly url: string
  /** Signs the body, when there is one. */
  readonly secret: string
}
export interface Slack extends Common {
  readonly kind: 'slack'
  readonly url: string
}
export interface CommandMeans extends Common {
  readonly kind: 'command'
  readonly argv: readonly [Program, ...string[]]
}
export type Means = Mail | Webhook | Slack | CommandMeans

const allStates: readonly EndState[] = [
  'succeeded',
  'failed',
  'rolled back',
  'rollback failed',
  'cancelled',
  'interrupted',
  'superseded',
]

/**
 * ```yaml
 * notifications:
 *   on: [failed, rolled back, rollback failed]     # optional, here and in each means
 *   mail: {to: [ops@example.org], from: corpus@example.org, smtp: 'smtp://localhost:25'}
 *   webhook: {url: 'https://…', secret: s3cret}    # each may be a list, or just its most important word
 *   slack: https://hooks.slack.com/services/…
 *   command: [/usr/local/bin/tell, --loud]
 * ```
 * All faults at once, as NOTIFICATION_INVALID.
 */
export function meansOf(notifications: Value | undefined): Means[] {
  if (notifications === undefined || notifications === null) return []
  const faults: string[] = []
  const means = notifications instanceof Dict ? read(notifications, faults) : []
  if (!(notifications instanceof Dict)) faults.push('notifications must be a mapping of means')
  if (faults.length > 0)
    throw new CorpusError('NOTIFICATION_INVALID', `The notifications are not in order: ${faults[0]}.`, {
      detail: faults.join('\n'),
    })
  return means
}

type Reader = (item: Dict, short: Value, say: (fault: string) => void) => Record<string, unknown>

const readers: Readonly<Record<Means['kind'], Reader>> = {
  mail(item, short, say) {
    const to = texts(item.get('to') ?? short)
    if (to.length === 0 || !to.every(isAddress)) say('to must be a mail address or a list of them')
    const from = text(item.get('from')) || 'corpus@localhost'
    if (!isAddress(from)) say('from must be a mail address')
    const smtp = text(item.get('smtp')) || 'smtp://localhost:25'
    if (!isUrl(smtp, ['smtp:', 'smtps:'])) say('smtp must be an smtp: or smtps: URL')
    return { to, from, smtp }
  },
  webhook(item, short, say) {
    const url = text(item.get('url') ?? short)
    if (!isUrl(url, ['http:', 'https:'])) say('url must be an http: or https: URL')
    return { url, secret: text(item.get('secret')) }
  },
  slack(item, short, say) {
    const url = text(item.get('url') ?? short)
    if (!isUrl(url, ['http:', 'https:'])) say('url must be an http: or https: URL')
    return { url }
  },
  command(item, short, say) {
    const argv = texts(item.get('argv') ?? short)
    if (!argv[0]?.startsWith('/')) say('argv must be a list that begins with an absolute path')
    return { argv }
  },
}

function read(notifications: Dict, faults: string[]): Means[] {
  const common = states(notifications.get('on'), 'notifications', faults) ?? allStates
  const means: Means[] = []
  for (const [key, value] of notifications) {
    if (key === 'on' || value === null) continue
    if (typeof key !== 'string' || !Object.hasOwn(readers, key)) {
      faults.push(`${String(key)} is no means: mail, webhook, slack and command are`)
      continue
    }
    const kind = key as Means['kind']
    for (const item of itemsOf(kind, value)) {
      const mapping = item instanceof Dict ? item : new Dict()
      const fields = readers[kind](mapping, item, fault => faults.push(`${kind}: ${fault}`))
      const on = states(mapping.get('on'), kind, faults) ?? common
      means.push({ kind, on, ...fields } as unknown as Means)
    }
  }
  return means
}

/** A list is several of a kind, save that a command by itself is a list of words. */
function itemsOf(kind: Means['kind'], value: Value): Value[] {
  if (!Array.isArray(value)) return [value]
  const words = kind === 'command' || kind === 'mail'
  return words && value.every(item => typeof item === 'string') ? [value] : value
}

function states(value: Value | undefined, where: string, faults: string[]): EndState[] | undefined {
  if (value === undefined || value === null) return undefined
  const named = texts(value).map(name => name.replaceAll('_', ' '))
  const unknown = named.filter(name => !allStates.some(state => state === name))
  if (named.length === 0 || unknown.length > 0) faults.push(`${where}: on must be of ${allStates.join(', ')}`)
  return named as EndState[]
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

function texts(value: Value | undefined): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) && value.every(item => typeof item === 'string') ? value : []
}

function isAddress(address: string): boolean {
  return /^([^<>"\r\n]*<)?[^\s@<>,;"]+@[^\s@<>,;"]+>?$/.test(address)
}

function isUrl(url: string, protocols: readonly string[]): boolean {
  return URL.canParse(url) && protocols.includes(new URL(url).protocol)
}
