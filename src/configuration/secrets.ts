/** Which keys of a configuration are secret, and how it is shown without them. */
import { Dict } from '../salt/python/dict.ts'
import { Tuple } from '../salt/python/tuple.ts'
import type { Value } from '../salt/python/value.ts'

const mask = '********'
const secretWords = new Set(
  'password passwd passphrase pass pwd secret secrets token tokens apikey key keys credential credentials dsn'.split(
    ' ',
  ),
)
/** A key with such a word beside `key` names something that is meant to be seen. */
const openWords = new Set('public pub authorized fingerprint id name names file path'.split(' '))
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/@]+)@/gi

/** Read word by word: `db_password`, `apiToken` and `SECRET-KEY` are secret; `monkey`, `keep_archives`, `public_key` are not. */
export function isSecretKey(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  // Below it each name has a password.
  if (words.join('_') === 'basic_auth') return true
  const secret = words.filter(word => secretWords.has(word))
  if (secret.length === 0) return false
  return !(secret.every(word => word === 'key' || word === 'keys') && words.some(word => openWords.has(word)))
}

/** A copy to show: everything below a secret key, and passwords inside URLs, masked. */
export function redact(value: Value): Value {
  if (typeof value === 'string') return value.replace(urlPassword, `$1${mask}@`)
  if (Array.isArray(value)) return value.map(redact)
  if (value instanceof Tuple) return new Tuple(value.items.map(redact))
  if (!(value instanceof Dict)) return value
  const result = new Dict()
  for (const [key, item] of value) result.set(key, hidden(key, item) ? mask : redact(item))
  return result
}

/** Every secret text in a configuration that is long enough to be told from other words, longest first: what logs must not show. */
export function secretValues(value: Value): string[] {
  const found = new Set<string>()
  collect(value, false, found)
  return [...found].sort((a, b) => b.length - a.length)
}

function collect(value: Value, secret: boolean, found: Set<string>): void {
  if (typeof value === 'string') {
    if (secret && value.length >= 4) found.add(value)
    if (!value.includes('@')) return
    for (const [, , password] of value.matchAll(urlPassword)) if (password && password.length >= 4) found.add(password)
  } else if (secret && (typeof value === 'number' || typeof value === 'bigint')) {
    if (String(value).length >= 4) found.add(String(value))
  } else if (Array.isArray(value)) for (const item of value) collect(item, secret, found)
  else if (value instanceof Tuple) for (const item of value.items) collect(item, secret, found)
  else if (value instanceof Dict) for (const [key, item] of value) collect(item, secret || hidden(key, item), found)
}

/** Nothing and truth values give nothing away, and tell whether a secret is set at all. */
function hidden(key: Value, value: Value): boolean {
  return typeof key === 'string' && isSecretKey(key) && value !== null && typeof value !== 'boolean' && value !== ''
}
