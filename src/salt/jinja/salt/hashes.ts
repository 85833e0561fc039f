/** Salt's filters that hash and encode. */

import { PyError } from '../../python/error.ts'
import { asIndex } from '../../python/integer.ts'
import { listOf } from '../../python/iterate.ts'
import { str } from '../../python/repr.ts'
import type { Value } from '../../python/value.ts'
import { defineFilter } from '../define.ts'
import { cryptography } from './cryptography.ts'

export const hashFilters = [
  ...['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map(name =>
    defineFilter({ name, does: `The ${name} digest, hexadecimal.`, run: (value: Value) => digest(name, bytes(value)) }),
  ),
  defineFilter({
    name: 'hmac',
    does: 'Whether a base64 HMAC-SHA256 of the text fits a secret.',
    takes: { shared_secret: undefined, challenge_hmac: undefined },
    run: (value, _, secret, challenge) =>
      cryptography().createHmac('sha256', str(secret)).update(bytes(value)).digest('base64') === str(challenge),
  }),
  defineFilter({
    name: 'hmac_compute',
    does: 'The HMAC-SHA256 of the text, hexadecimal.',
    takes: { shared_secret: undefined },
    run: (value, _, secret) => cryptography().createHmac('sha256', str(secret)).update(bytes(value)).digest('hex'),
  }),
  defineFilter({
    name: 'base64_encode',
    does: 'In base64.',
    run: value => Buffer.from(bytes(value)).toString('base64'),
  }),
  defineFilter({
    name: 'base64_decode',
    does: 'Out of base64.',
    run: value => Buffer.from(str(value), 'base64').toString('utf8'),
  }),
  defineFilter({ name: 'uuid', does: 'The UUID that always belongs to that text.', run: value => uuidOf(str(value)) }),
  defineFilter({
    name: 'random_hash',
    does: 'The digest of a random number.',
    takes: { size: 9999999999, hash_type: 'sha256' },
    run: (_value, _, size, type) =>
      digest(str(type ?? 'sha256'), Buffer.from(String(Math.floor(Math.random() * Number(size))))),
  }),
  defineFilter({
    name: 'random_sample',
    does: 'So many items chosen by chance; the same seed chooses the same ones.',
    takes: { size: undefined, seed: null },
    run: (value, _, size, seed) => shuffled(listOf(value), seed).slice(0, asIndex(size)),
  }),
  defineFilter({
    name: 'random_shuffle',
    does: 'The items in any order; the same seed gives the same one.',
    takes: { seed: null },
    run: (value, _, seed) => shuffled(listOf(value), seed),
  }),
]

function bytes(value: Value): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(str(value), 'utf8')
}

export function digest(algorithm: string, of: Uint8Array): string {
  try {
    return cryptography().createHash(algorithm).update(of).digest('hex')
  } catch {
    throw new PyError('ValueError', `unsupported hash type ${algorithm}`)
  }
}

/** The namespace in which Salt makes its UUIDs. */
const NAMESPACE = Buffer.from('91633ebf1c865e33935a28061f4b480e', 'hex')

function uuidOf(name: string): string {
  const hash = cryptography().createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

function shuffled(items: Value[], seed: Value): Value[] {
  const random = seed === null ? Math.random : seeded(str(seed))
  for (let at = items.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    ;[items[at], items[other]] = [items[other] as Value, items[at] as Value]
  }
  return items
}

/** Numbers in [0, 1) that follow from the seed alone. */
function seeded(seed: string): () => number {
  let state = Number.parseInt(digest('sha256', Buffer.from(seed)).slice(0, 8), 16)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
