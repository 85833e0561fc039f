/** What a body is known by: whoever has it already is sent nothing, and whoever saw another one changes nothing. */
import { createHash } from 'node:crypto'

/** Weak: what stands between may pack the body. */
export const etagOf = (body: string): string =>
  `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`

/** Whether a list of such, as headers have it, names this one. */
export function isNamed(list: string, etag: string): boolean {
  if (list.trim() === '*') return true
  const bare = (one: string) => one.trim().replace(/^W\//, '')
  return list.split(',').some(one => bare(one) === bare(etag))
}
