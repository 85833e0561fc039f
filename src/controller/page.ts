/** One page of a list that is answered whole: so many items, from behind the one that a cursor names. */
import { CorpusError } from '../kernel/errors.ts'
import type { Told } from './told.ts'

type Given = Readonly<Record<string, unknown>>

export interface Page {
  readonly limit: number
  /** What stood last, and where. */
  readonly behind: { readonly key: string; readonly at: number } | null
}

const mostItems = 1000
const usualItems = 100

/** What is asked of the request itself, and which page of it; null: all of it, or a request that knows pages itself. Throws USAGE. */
export function pageAsked(
  { paged }: Pick<Told, 'paged'>,
  given: Given,
): { readonly given: Given; readonly page: Page | null } {
  if (paged === undefined) return { given, page: null }
  const { limit, cursor, ...rest } = given
  if (paged.param !== undefined)
    return {
      given:
        cursor === undefined ? given : { ...rest, [paged.param]: cursor, ...(limit === undefined ? {} : { limit }) },
      page: null,
    }
  if (limit === undefined && cursor === undefined) return { given, page: null }
  const count = limit === undefined ? usualItems : Number(limit)
  if (!Number.isSafeInteger(count) || count < 1 || count > mostItems || String(limit ?? '1').length > 4)
    throw new CorpusError('USAGE', `limit is a whole number from 1 to ${mostItems}.`)
  return { given: rest, page: { limit: count, behind: cursor === undefined ? null : readCursor(cursor) } }
}

/** The items of a page, and the cursor of the next where there is one. */
export function pageOf(
  { paged }: Pick<Told, 'paged'>,
  page: Page | null,
  answer: unknown,
  given: Given,
): { readonly answer: unknown; readonly next: string | null } {
  if (paged === undefined || !Array.isArray(answer)) return { answer, next: null }
  const keyOf = (one: unknown) => String((Object(one) as Given)[paged.by])
  if (paged.param !== undefined) {
    const isFull = answer.length > 0 && answer.length === Number(given['limit'] ?? usualItems)
    return { answer, next: isFull ? keyOf(answer.at(-1)) : null }
  }
  if (page === null) return { answer, next: null }
  // What stood last may be gone: then from where it stood.
  const found = page.behind === null ? -1 : answer.findIndex(one => keyOf(one) === page.behind?.key)
  const from = page.behind === null ? 0 : found < 0 ? page.behind.at : found + 1
  const items = answer.slice(from, from + page.limit)
  const end = from + items.length
  const next = end < answer.length && items.length > 0 ? cursorOf(keyOf(items.at(-1)), end - 1) : null
  return { answer: items, next }
}

const cursorOf = (key: string, at: number): string => Buffer.from(JSON.stringify([key, at])).toString('base64url')

/** Throws USAGE. */
function readCursor(text: unknown): Page['behind'] {
  try {
    const [key, at] = JSON.parse(Buffer.from(String(text), 'base64url').toString()) as [unknown, unknown]
    if (typeof key === 'string' && typeof at === 'number' && Number.isSafeInteger(at) && at >= 0) return { key, at }
  } catch {
    // Nothing that was handed out.
  }
  throw new CorpusError('USAGE', 'The cursor is none of those that this list answers with.')
}
