/** Salt's filters over paths and files. */
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PyError } from '../../python/error.ts'
import { str } from '../../python/repr.ts'
import type { Value } from '../../python/value.ts'
import { defineFilter, defineFreeFilter } from '../define.ts'
import { digest } from './hashes.ts'

export const fileFilters = [
  defineFreeFilter({
    name: 'path_join',
    does: 'Parts joined to a path; an absolute part begins anew.',
    run: (value, args) => [value, ...args].map(str).reduce(joinedPath),
  }),
  defineFilter({
    name: 'which',
    does: 'Where a command is found, or None.',
    run: value => found(str(value)),
  }),
  defineFilter({
    name: 'is_text_file',
    does: 'Whether a file holds text.',
    run: value => reading(value, bytes => !bytes.subarray(0, 512).includes(0)),
  }),
  defineFilter({
    name: 'is_bin_file',
    aliases: ['is_binary_file'],
    does: 'Whether a file holds something other than text.',
    run: value => reading(value, bytes => bytes.subarray(0, 512).includes(0)),
  }),
  defineFilter({
    name: 'is_empty',
    aliases: ['is_empty_file'],
    does: 'Whether a file is empty.',
    run: value => statSync(str(value), { throwIfNoEntry: false })?.size === 0,
  }),
  defineFilter({
    name: 'file_hashsum',
    does: "The digest of a file's contents.",
    takes: { form: 'sha256', chunk_size: 4096 },
    run: (value, _, form) => reading(value, bytes => digest(str(form), bytes)),
  }),
  defineFilter({
    name: 'list_files',
    does: 'A folder and everything below it.',
    run: value => listed(str(value)),
  }),
]

function joinedPath(first: string, second: string): string {
  if (second.startsWith('/') || first === '') return second
  return first.endsWith('/') ? first + second : `${first}/${second}`
}

function found(command: string): Value {
  const folders = command.includes('/') ? [''] : (process.env['PATH'] ?? '').split(':')
  for (const folder of folders) {
    const path = folder ? join(folder, command) : command
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return path
    } catch {
      // The next folder may have it.
    }
  }
  return null
}

const LARGEST_FILE = 64 * 1024 * 1024

function reading(path: Value, work: (bytes: Uint8Array) => Value): Value {
  const status = statSync(str(path), { throwIfNoEntry: false })
  if (!status?.isFile()) throw new PyError('FileNotFoundError', `[Errno 2] No such file or directory: '${str(path)}'`)
  if (status.size > LARGEST_FILE) throw new PyError('OSError', `${str(path)} is too large to be read by a template`)
  return work(readFileSync(str(path)))
}

function listed(folder: string): Value[] {
  const status = statSync(folder, { throwIfNoEntry: false })
  if (!status) return []
  if (!status.isDirectory()) return [folder]
  return [folder, ...readdirSync(folder, { recursive: true }).map(name => join(folder, String(name)))]
}
