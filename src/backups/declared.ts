/** Reads the `data_archives` of a configuration: what of the data is kept with each release. */
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import type { DataItem } from './item.ts'

/**
 * ```yaml
 * data_archives:
 *   media: {path: media}                                  # below data/; or just `media`, in a list
 *   shop:  {postgresql: shop, user: shop, password: …}    # host, port, account where needed
 *   stats: {mariadb: stats, host: 127.0.0.1, user: stats, password: …}
 *   queue: {redis: 'redis://:password@127.0.0.1:6379'}    # or unix:///run/redis.sock
 *   cache: {sqlite: cache.db}
 *   index: {dump: [bin/dump], restore: [bin/load]}        # output and input are the data
 * ```
 * All faults at once, as DATA_INVALID.
 */
export function dataItems(declared: Value | undefined): DataItem[] {
  if (declared === undefined || declared === null) return []
  const faults: string[] = []
  const items = entries(declared, faults).flatMap(([name, value]) => {
    const item = itemOf(name, value, fault => faults.push(`${name}: ${fault}`))
    return item === undefined ? [] : [item]
  })
  for (const name of items.map(item => item.name).filter((one, index, all) => all.indexOf(one) !== index))
    faults.push(`${name} is there twice`)
  if (faults.length > 0)
    throw new CorpusError('DATA_INVALID', `data_archives is not in order: ${faults[0]}.`, { detail: faults.join('\n') })
  return items
}

/** Whether a path stays below the data folder. */
export function isDataPath(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..')
}

function entries(declared: Value, faults: string[]): [string, Value][] {
  if (declared instanceof Dict) return [...declared].map(([name, value]) => [String(name), value])
  if (Array.isArray(declared) && declared.every(path => typeof path === 'string'))
    return (declared as string[]).map(path => [
      path === '.' ? 'data' : path.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, ''),
      path,
    ])
  faults.push('it must be a mapping of names to what is kept, or a list of paths')
  return []
}

function itemOf(name: string, value: Value, say: (fault: string) => void): DataItem | undefined {
  if (!/^[A-Za-z0-9][\w-]{0,62}$/.test(name)) {
    say('a name is letters, digits, "-" and "_"')
    return undefined
  }
  if (typeof value === 'string') return pathItem('path', name, value, say)
  if (!(value instanceof Dict)) {
    say('it must be a path or a mapping')
    return undefined
  }
  const kinds = ['path', 'postgresql', 'mariadb', 'sqlite', 'redis', 'dump'].filter(kind => value.has(kind))
  if (kinds.length !== 1) {
    say('it must have one of path, postgresql, mariadb, sqlite, redis and dump')
    return undefined
  }
  const [kind] = kinds
  if (kind === 'path' || kind === 'sqlite') return pathItem(kind, name, text(value, kind), say)
  if (kind === 'postgresql' || kind === 'mariadb') return databaseItem(kind, name, value, say)
  return kind === 'redis' ? redisItem(name, value, say) : commandItem(name, value, say)
}

function pathItem(kind: 'path' | 'sqlite', name: string, path: string, say: (fault: string) => void): DataItem {
  if (!isDataPath(path)) say('its path must be below data/')
  const bare = path
    .split('/')
    .filter(part => part !== '' && part !== '.')
    .join('/')
  if (kind === 'sqlite' && bare === '') say('its path must be a file')
  return { kind, name, path: bare === '' ? '.' : bare }
}

/** The name of a database may not look like an option or a connection string to the programs that it is given to. */
function databaseItem(
  kind: 'postgresql' | 'mariadb',
  name: string,
  value: Dict,
  say: (fault: string) => void,
): DataItem {
  const database = text(value, kind)
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.$-]{0,62}$/.test(database)) say(`${kind} must be the name of a database`)
  const port = value.get('port') ?? ''
  if (port !== '' && !/^\d{1,5}$/.test(String(port))) say('port must be a number')
  const fields = {
    host: text(value, 'host'),
    user: text(value, 'user'),
    password: text(value, 'password'),
    account: text(value, 'account'),
  }
  for (const [key, one] of Object.entries(fields))
    if (/[\0\n]/.test(one) || (key !== 'password' && one.startsWith('-'))) say(`${key} is none`)
  return { kind, name, database, port: String(port), ...fields }
}

function redisItem(name: string, value: Dict, say: (fault: string) => void): DataItem {
  const url = text(value, 'redis')
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !['redis:', 'unix:'].includes(parsed.protocol) || parsed.hostname.startsWith('-'))
    say('redis must be redis://HOST:PORT or unix:///SOCKET')
  const socket = parsed?.protocol === 'unix:' ? decodeURIComponent(parsed.pathname) : ''
  const password = text(value, 'password') || decodeURIComponent(parsed?.password ?? '')
  return { kind: 'redis', name, host: parsed?.hostname || '127.0.0.1', port: parsed?.port || '6379', socket, password }
}

function commandItem(name: string, value: Dict, say: (fault: string) => void): DataItem {
  const dump = words(value.get('dump'))
  const restore = words(value.get('restore') ?? [])
  if (dump === undefined || dump.length === 0) say('dump must be a list of words')
  if (restore === undefined) say('restore must be a list of words')
  return { kind: 'command', name, dump: (dump ?? ['']) as [string, ...string[]], restore: restore ?? [] }
}

function words(value: Value | undefined): string[] | undefined {
  return Array.isArray(value) && value.every(word => typeof word === 'string') ? (value as string[]) : undefined
}

function text(value: Dict, key: string): string {
  const found = value.get(key)
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : ''
}
