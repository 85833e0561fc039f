/** Text files as the editing states see them: read whole, searched with Python's patterns, written back byte for byte where nothing changed. */

import type { Shell } from '../../../shell/shell.ts'
import { executionError } from '../../definition/exceptions.ts'
import { compileRegex, type RegexFlags, search } from '../../python/regex.ts'
import type { Value } from '../../python/value.ts'
import { copyFileSync, readFileSync } from '../../system/files.ts'
import { applyOwnership, modeText, statsOf } from './attributes.ts'
import { isText } from './diff.ts'
import { putFile } from './put.ts'

export interface TextFile {
  readonly path: string
  readonly text: string
  readonly encoding: 'utf8' | 'latin1'
}

/** What is no UTF-8 is read byte by byte, so that writing it back keeps what was not touched. */
export function readTextFile(path: string): TextFile {
  const bytes = readFileSync(path)
  const text = bytes.toString('utf8')
  if (Buffer.from(text).equals(bytes)) return { path, text, encoding: 'utf8' }
  return { path, text: bytes.toString('latin1'), encoding: 'latin1' }
}

export function refuseBinary(file: TextFile): void {
  if (!isText(Buffer.from(file.text, file.encoding)))
    throw executionError(`Cannot perform string replacements on a binary file: ${file.path}`)
}

export function writeTextFile(file: TextFile, text: string): void {
  putFile(file.path, Buffer.from(text, file.encoding))
}

/** A sentence where there is no such file. */
export function fileFault(path: string): string | null {
  if (!path.startsWith('/')) return `Specified file ${path} is not an absolute path`
  return statsOf(path) ? null : `${path}: file not found`
}

/** Keeps the file as it is under another name, owner and mode included. */
export function keepCopy(shell: Shell, path: string, copy: string): void {
  copyFileSync(path, copy)
  const stats = statsOf(path)
  if (!stats) return
  const ownership = { user: String(stats.uid), group: String(stats.gid), mode: modeText(stats.mode) }
  applyOwnership(shell, copy, ownership, { test: false })
}

export function foundIn(file: TextFile, pattern: string): boolean {
  return search(compileRegex(pattern, { multiLine: true }), file.text) !== null
}

/** Flags as states write them: names, or the number that Python has for them. */
export function regexFlags(value: Value): RegexFlags {
  if (typeof value === 'number')
    return { ignoreCase: !!(value & 2), multiLine: !!(value & 8), dotAll: !!(value & 16), verbose: !!(value & 64) }
  const names = (Array.isArray(value) ? value : value === null ? [] : [value]).map(name => String(name).toUpperCase())
  const has = (...words: string[]) => words.some(word => names.includes(word))
  return {
    ignoreCase: has('I', 'IGNORECASE'),
    multiLine: has('M', 'MULTILINE'),
    dotAll: has('S', 'DOTALL'),
    verbose: has('X', 'VERBOSE'),
  }
}

/** The name of the copy that `backup:` asks for; null where it asks for none. */
export function backupName(path: string, backup: Value): string | null {
  return typeof backup === 'string' && backup !== '' ? path + backup : null
}
