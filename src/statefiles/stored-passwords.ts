/** Passwords that are made once and then stay: by key, for all projects of this root, readable by its owner alone. */
import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { writePrivate } from '../configuration/private-file.ts'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { takeLock } from '../shell/lock.ts'

export interface Wanted {
  readonly length: number
  /** A new one although there is one. */
  readonly force: boolean
  /** Kept in place of a random one. */
  readonly value: string | null
}

/** Two deployments that ask for one key at once get the same password. Throws WRITE_FAILED, SAVED_CONFIGURATION_CORRUPT. */
export function storedPassword(file: string, key: string, wanted: Wanted): string {
  const known = readPasswords(file).get(key)
  if (known !== undefined && !wanted.force) return known
  mkdirSync(dirname(file), { recursive: true })
  const lock = takeLock(`${file}.lock`, 30)
  if (lock === null) throw new CorpusError('WRITE_FAILED', `${file} is locked by another for more than 30 seconds.`)
  try {
    const passwords = readPasswords(file)
    const there = passwords.get(key)
    if (there !== undefined && !wanted.force) return there
    const made = wanted.value ?? randomPassword(wanted.length)
    passwords.set(key, made)
    writePrivate(file, `${JSON.stringify(Object.fromEntries([...passwords].sort()), null, 2)}\n`)
    return made
  } finally {
    lock.release()
  }
}

/** The password of a key, where it was made already. */
export const knownPassword = (file: string, key: string): string | undefined => readPasswords(file).get(key)

/** Letters and digits: safe in every file, URL and shell. */
export function randomPassword(length: number): string {
  const characters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('')
}

function readPasswords(file: string): Map<string, string> {
  const text = textIfThere(file)
  if (text === undefined) return new Map()
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === 'object' && read !== null && !Array.isArray(read))
      return new Map(Object.entries(read).map(([key, value]) => [key, String(value)]))
  } catch {
    // told below
  }
  throw new CorpusError('SAVED_CONFIGURATION_CORRUPT', `The stored passwords ${file} cannot be read.`)
}
