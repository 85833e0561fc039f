/** What goes from the entry point that listens to the desk that decides, and back: plain data, since they may be two processes. */

/** Below it is all that can be asked. */
export const api = '/api/v1'

/** What came with a request, believed by nobody yet. */
export type Credential =
  | { readonly kind: 'bearer'; readonly text: string }
  | { readonly kind: 'basic'; readonly name: string; readonly secret: string }
  /** What a cookie has, which comes with whatever a browser sends; and what only our own page can have put beside it. */
  | { readonly kind: 'session'; readonly text: string; readonly csrf: string | null }

export interface Asking {
  readonly request: string
  readonly given: Readonly<Record<string, unknown>>
  readonly credential: Credential | null
  /** The address that it came from. */
  readonly address: string
  readonly requestId: string
  readonly idempotencyKey?: string
  /** The code of an error: it was refused where it came in, and is written down alone. */
  readonly refused?: string
  /** What comes to light on the way is wanted, too: all of it, or what is behind something that was told before. */
  readonly onTheWay?: { readonly after: string | null }
  /** What the sender has, and what it saw before it changes something: ETags, as the headers have them. */
  readonly ifNoneMatch?: string
  readonly ifMatch?: string
}

/** What came to light on the way, as a server-sent event. */
export interface Said {
  readonly event: 'telling' | 'warning'
  /** Where it can be gone on behind it. */
  readonly id?: string
  readonly data: string
}

export interface Answered {
  readonly status: number
  readonly body: string
  readonly type: 'application/json' | 'application/x-ndjson'
  readonly retryAfterSeconds?: number
  readonly etag?: string
  /** The cursor of the next page. */
  readonly next?: string
  /** Where a job is, or where a browser goes on. */
  readonly location?: string
  /** What a browser keeps from now on: of its session, and of a login that it has begun; null where it forgets it. */
  readonly cookies?: { readonly session?: string | null; readonly login?: string | null }
}

export interface Desk {
  ask(asking: Asking, signal: AbortSignal, say?: (said: Said) => void): Promise<Answered>
}
