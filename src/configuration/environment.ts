/** The environment of a project's application as people set it: any bytes, encrypted on the disk. */
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { shown } from '../kernel/names.ts'
import { opened, sealed, vaultKey } from './environment-key.ts'
import { writePrivate } from './private-file.ts'

export interface EnvironmentStore {
  /** Where the variables are; a copy of it beside a release is that release's environment. */
  readonly file: string
  /** The key, mode 0600, made when the first variable is set. Without it the values cannot be read again. */
  readonly keyFile: string
  /** A value is bound to its project: one that is copied into another's file cannot be read there. */
  readonly project: string
}

export interface Variable {
  /** Any bytes but NUL. */
  readonly value: Uint8Array
  /** Whether it is shown only to those who ask for it by name. */
  readonly secret: boolean
}

/** A variable as it is listed; `encoding` says how `value` is to be read. */
export interface ListedVariable {
  readonly name: string
  readonly secret: boolean
  /** null where it is not shown. */
  readonly value: string | null
  readonly encoding: 'utf8' | 'base64' | null
}

/** Linux takes no longer argument or variable than this, name and NUL included. */
const longest = 128 * 1024 - 1
const format = 1

/** In the order of their names; none where nothing was set. */
export function readEnvironment(store: EnvironmentStore): Map<string, Variable> {
  const rows = readRows(store.file)
  if (rows.size === 0) return new Map()
  const key = vaultKey(store.keyFile)
  const variables = [...rows].map(
    ([name, row]) => [name, { secret: row.secret, value: unsealed(store, key, name, row) }] as const,
  )
  return new Map(variables)
}

/** Sets all of them or none. Whoever calls holds the project's lock. */
export function setVariables(store: EnvironmentStore, changes: ReadonlyMap<string, Variable>): void {
  for (const [name, { value }] of changes) checkVariable(name, value)
  const rows = readRows(store.file)
  const key = vaultKey(store.keyFile, { make: rows.size === 0 })
  for (const [name, { value, secret }] of changes)
    rows.set(name, { secret, sealed: sealed(key, place(store, name), value) })
  writeRows(store.file, rows)
}

/** Answers the names that were there. Needs no key: a lost one is got over by unsetting everything. */
export function unsetVariables(store: EnvironmentStore, names: Iterable<string>): string[] {
  const rows = readRows(store.file)
  const gone = [...names].filter(name => rows.delete(name))
  if (gone.length > 0) writeRows(store.file, rows)
  return gone
}

/** Values of secrets only with `reveal`, which a caller asks for only with the right to. */
export function listVariables(store: EnvironmentStore, options: { readonly reveal: boolean }): ListedVariable[] {
  const rows = readRows(store.file)
  const open = options.reveal || [...rows.values()].some(row => !row.secret)
  const key = open && rows.size > 0 ? vaultKey(store.keyFile) : undefined
  return [...rows].map(([name, row]) => {
    if (key === undefined || (row.secret && !options.reveal))
      return { name, secret: row.secret, value: null, encoding: null }
    return { name, secret: row.secret, ...asText(unsealed(store, key, name, row)) }
  })
}

/** Needs no key. */
export function variableNames(store: Pick<EnvironmentStore, 'file'>): string[] {
  return [...readRows(store.file).keys()]
}

/** `KEY=VALUE` as typed; the value is everything behind the first `=`. */
export function parseVariable(text: string): [name: string, value: Uint8Array] {
  const at = text.indexOf('=')
  if (at < 1)
    throw new CorpusError('ENVIRONMENT_INVALID', `${shown(text.slice(0, Math.max(at, 20)))} is not KEY=VALUE.`)
  const name = text.slice(0, at)
  const value = Buffer.from(text.slice(at + 1))
  checkVariable(name, value)
  return [name, value]
}

/** What no log may show: the secrets that are long enough to be told from other words, longest first. */
export function environmentSecrets(variables: ReadonlyMap<string, Variable>): string[] {
  const texts = [...variables.values()].filter(({ secret }) => secret).map(({ value }) => Buffer.from(value).toString())
  return texts.filter(text => text.length >= 4).sort((a, b) => b.length - a.length)
}

interface Row {
  readonly secret: boolean
  readonly sealed: string
}

/** The message never has the value in it. */
function checkVariable(name: string, value: Uint8Array): void {
  const invalid = (why: string) =>
    new CorpusError('ENVIRONMENT_INVALID', `The variable ${shown(name)} cannot be set: ${why}.`)
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name))
    throw invalid('a name is letters, digits and "_", and begins with no digit')
  if (value.includes(0)) throw invalid('its value has a NUL byte in it, which no process can be given')
  if (name.length + 1 + value.length > longest)
    throw invalid(`its value is longer than ${longest - name.length - 1} bytes`)
}

function unsealed(store: EnvironmentStore, key: Uint8Array, name: string, row: Row): Uint8Array {
  const value = opened(key, place(store, name), row.sealed)
  if (value !== undefined) return value
  throw new CorpusError(
    'ENVIRONMENT_LOCKED',
    `The variable ${name} in ${store.file} cannot be read with the key ${store.keyFile}.`,
  )
}

function place(store: EnvironmentStore, name: string): string {
  return `${store.project}\0${name}`
}

function readRows(file: string): Map<string, Row> {
  const text = textIfThere(file)
  if (text === undefined) return new Map()
  try {
    const json = JSON.parse(text) as { format?: unknown; variables?: unknown }
    if (json.format !== format || typeof json.variables !== 'object' || json.variables === null)
      throw new Error('its format is unknown')
    const rows = Object.entries(json.variables as Record<string, Partial<Row> | null>)
    for (const [name, row] of rows) {
      if (typeof row?.sealed !== 'string' || typeof row.secret !== 'boolean')
        throw new Error(`its variable ${shown(name)} is damaged`)
    }
    return new Map(rows as [string, Row][])
  } catch (cause) {
    throw new CorpusError('ENVIRONMENT_CORRUPT', `The environment ${file} is damaged: ${(cause as Error).message}.`, {
      cause,
    })
  }
}

function writeRows(file: string, rows: ReadonlyMap<string, Row>): void {
  const variables = Object.fromEntries([...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
  writePrivate(file, `${JSON.stringify({ format, variables }, null, 1)}\n`)
}

function asText(value: Uint8Array): { value: string; encoding: 'utf8' | 'base64' } {
  const bytes = Buffer.from(value)
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes)
    ? { value: text, encoding: 'utf8' }
    : { value: bytes.toString('base64'), encoding: 'base64' }
}
