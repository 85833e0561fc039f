/** The file of keys that may log in to an account: read, added to, taken from; its owner and mode kept as sshd wants them. */

import { dirname, isAbsolute, join } from 'node:path'
import type { Account, Shell } from '../../shell/shell.ts'
import { executionError } from '../definition/exceptions.ts'
import { findAccount } from './accounts.ts'
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from './files.ts'

export interface AuthorizedKey {
  readonly enc: string
  readonly key: string
  readonly comment: string
  readonly options: readonly string[]
}

export interface Place {
  readonly path: string
  readonly account: Account
}

const kinds = /(?:^|\s)((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+)\s+(\S+)(?:\s+(.*))?$/

export function placeOf(user: string, config: string, shell: Shell): Place {
  const account = findAccount(shell, user)
  if (!account) throw executionError(`User '${user}' is not available`)
  const named = config.replaceAll('%h', account.home).replaceAll('%u', user).replaceAll('%%', '%')
  return { path: isAbsolute(named) ? named : join(account.home, named), account }
}

/** A bare key, `enc key comment`, or a line with options in front. */
export function parseKey(text: string, otherwise: Omit<AuthorizedKey, 'key'>): AuthorizedKey {
  const found = kinds.exec(text)
  if (!found) return { ...otherwise, key: text.trim() }
  const before = text.slice(0, found.index).trim()
  const options = before === '' ? otherwise.options : splitOptions(before)
  return { enc: found[1] as string, key: found[2] as string, comment: found[3]?.trim() || otherwise.comment, options }
}

export function authorizedKeys(place: Place): AuthorizedKey[] {
  return linesOf(place)
    .filter(isKey)
    .map(line => parseKey(line, { enc: '', comment: '', options: [] }))
}

export function writeKey(place: Place, key: AuthorizedKey): void {
  const line = keyLine(key)
  const lines = linesOf(place)
  const at = lines.findIndex(each => holds(each, key.key))
  save(place, at === -1 ? [...lines, line] : lines.with(at, line))
}

export function removeKey(place: Place, key: string): void {
  const kept = linesOf(place).filter(line => !holds(line, key))
  save(
    place,
    kept.map(line => (isKey(line) ? line.trim() : line)),
  )
}

function keyLine({ enc, key, comment, options }: AuthorizedKey): string {
  return `${options.length ? `${options.join(',')} ` : ''}${enc} ${key} ${comment}`
}

function holds(line: string, key: string): boolean {
  return isKey(line) && line.split(/\s+/).includes(key)
}

function isKey(line: string): boolean {
  return line.trim() !== '' && !line.trimStart().startsWith('#')
}

function linesOf({ path }: Place): string[] {
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** Through a file beside it, so that nobody is locked out by half a file. */
function save(place: Place, lines: readonly string[]): void {
  const { path, account } = place
  const folder = dirname(path)
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    chownSync(folder, account.uid, account.gid)
  }
  const next = `${path}.new-${process.pid}`
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  writeFileSync(next, lines.map(line => `${line}\n`).join(''), { mode: mode === undefined ? 0o600 : mode & 0o7777 })
  chownSync(next, account.uid, account.gid)
  renameSync(next, path)
}

/** Splits at commas outside quotes. */
function splitOptions(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? []
}
