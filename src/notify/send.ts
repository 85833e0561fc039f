/** Tells how a deployment ended by every means that wants to know: retried, limited in time, and never thrown about. */
import { randomUUID } from 'node:crypto'
import { type Scrubber, scrubber } from '../kernel/scrub.ts'
import type { Value } from '../salt/python/value.ts'
import type { Account, Shell } from '../shell/shell.ts'
import { type Deliver, Refusal } from './deliver.ts'
import { type Means, meansOf } from './means.ts'
import { type Notice, scrubbed } from './notice.ts'

export interface Sending {
  readonly shell: Shell
  /** `notifications` of the configuration. */
  readonly notifications: Value | undefined
  readonly notice: Notice
  /** What must stand in no message. */
  readonly secrets?: readonly string[]
  /** Whom commands run as; default: whoever runs this. */
  readonly user?: Account
  /** For each try; default 10. */
  readonly timeoutSeconds?: number
  /** Default 3. */
  readonly attempts?: number
  /** Before the second try, doubled before each later one; default 1. */
  readonly backOffSeconds?: number
  readonly signal?: AbortSignal
}

/** What became of one means: `error` says why it was given up. */
export interface Delivery {
  /** `mail to ops@example.org`, `webhook https://host`. */
  readonly to: string
  readonly attempts: number
  readonly error: string | null
}

/** All means at once. Never throws: a notifier that fails is told of in the answer, and fails no deployment. */
export async function sendNotice(sending: Sending): Promise<Delivery[]> {
  const scrub = scrubber(sending.secrets ?? [])
  let means: Means[]
  try {
    means = meansOf(sending.notifications)
  } catch (error) {
    return [{ to: 'notifications', attempts: 0, error: scrub.text((error as Error).message) }]
  }
  const notice = scrubbed(sending.notice, scrub)
  const wanted = means.filter(one => one.on.includes(notice.state))
  return Promise.all(wanted.map(one => sendBy(one, notice, sending, scrub)))
}

async function sendBy(means: Means, notice: Notice, sending: Sending, scrub: Scrubber): Promise<Delivery> {
  const { shell, user, attempts = 3, backOffSeconds = 1, timeoutSeconds = 10 } = sending
  const to = scrub.text(nameOf(means))
  const id = randomUUID()
  let error = ''
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const late = AbortSignal.timeout(timeoutSeconds * 1000)
    const signal = sending.signal ? AbortSignal.any([late, sending.signal]) : late
    try {
      const deliver = await delivererOf(means)
      await orLate(deliver(notice, { shell, user, id, timeoutSeconds, signal }), signal)
      return { to, attempts: attempt, error: null }
    } catch (cause) {
      error = late.aborted ? `it took longer than ${timeoutSeconds} seconds` : scrub.text(messageOf(cause))
      if (cause instanceof Refusal || sending.signal?.aborted || attempt === attempts)
        return { to, attempts: attempt, error }
    }
    await pause(backOffSeconds * 2 ** (attempt - 1), sending.signal)
  }
  return { to, attempts, error }
}

async function delivererOf(means: Means): Promise<Deliver> {
  switch (means.kind) {
    case 'mail':
      return (await import('./mail.ts')).byMail(means)
    case 'webhook':
      return (await import('./webhook.ts')).byWebhook(means)
    case 'slack':
      return (await import('./slack.ts')).bySlack(means)
    case 'command':
      return (await import('./command.ts')).byCommand(means)
  }
}

/** Without what is secret in it: the path of a Slack hook is its password. */
function nameOf(means: Means): string {
  if (means.kind === 'mail') return `mail to ${means.to.join(', ')}`
  return means.kind === 'command' ? `command ${means.argv[0]}` : `${means.kind} ${new URL(means.url).origin}`
}

/** A means that does not heed the signal is left behind: nothing waits for it any longer. */
function orLate(delivery: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    delivery.then(resolve, reject)
    const stop = () => reject(new Error('it was stopped'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
}

function messageOf(cause: unknown): string {
  const { message, code } = cause as NodeJS.ErrnoException
  return String(message || code || cause)
    .replace(/\s+/g, ' ')
    .slice(0, 300)
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, seconds * 1000)
    signal?.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}
