/** A notice as signed JSON to any URL. */
import { createHmac } from 'node:crypto'
import type { Deliver } from './deliver.ts'
import type { Webhook } from './means.ts'
import { eventOf } from './notice.ts'
import { post } from './post.ts'

/**
 * The receiver computes `signature(secret, X-Corpus-Timestamp, body)`, compares it with X-Corpus-Signature, and refuses
 * what is older than it likes. X-Corpus-Delivery is the same for every try of one notice.
 */
export function byWebhook({ url, secret }: Webhook): Deliver {
  return async (notice, { id, signal }) => {
    const body = JSON.stringify({ event: eventOf(notice), ...notice })
    const timestamp = String(Math.floor(Date.now() / 1000))
    const headers = { 'x-corpus-event': eventOf(notice), 'x-corpus-delivery': id, 'x-corpus-timestamp': timestamp }
    const signed: Record<string, string> =
      secret === '' ? {} : { 'x-corpus-signature': signature(secret, timestamp, body) }
    await post(url, body, { ...headers, ...signed }, signal)
  }
}

/** `sha256=` and the HMAC-SHA256, in hexadecimal, of the timestamp, a dot and the body. */
export function signature(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}
