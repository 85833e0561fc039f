/** Finds what `source:` names: a salt:// address, a path of this machine, or an address of the web; the first of a list that is there. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { program } from '../../../shell/programs.ts'
import { textOf as textOfBytes } from '../../../shell/shell.ts'
import type { StateTools } from '../../context/tools.ts'
import { executionError } from '../../definition/exceptions.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { readFileSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'

/** A source that was found: its bytes are in `file`. */
export interface Source {
  readonly address: string
  readonly file: string
  readonly scheme: 'salt' | 'file' | 'web'
}

type Tools = Pick<StateTools, 'files' | 'shell' | 'scratch'>

export interface Wanted {
  readonly address: string
  readonly hash: string | null
}

/** The one source, or the first of several that is there. Throws where none of several is. */
export function chooseSource(source: Value, hash: string | null, tools: Pick<StateTools, 'files'>): Wanted | null {
  if (source === null || source === '') return null
  if (!Array.isArray(source)) return { address: textOf(source), hash }
  for (const item of source) {
    const [address, own] = item instanceof Dict ? firstPair(item) : [textOf(item), null]
    const scheme = schemeOf(address)
    if (scheme === 'web') return { address, hash: own ?? hash }
    const there = scheme === 'salt' ? saltPath(address, tools) !== null : statsOf(localPath(address)) !== null
    if (there) return { address, hash: own ?? hash }
  }
  throw executionError('none of the specified sources were found')
}

function firstPair(item: Dict): [string, string | null] {
  for (const [key, value] of item) return [textOf(key), value === null ? null : textOf(value)]
  return ['', null]
}

export function schemeOf(address: string): Source['scheme'] | 'unknown' {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) return 'file'
  if (scheme === 'salt' || scheme === 'file') return scheme
  return scheme === 'http' || scheme === 'https' || scheme === 'ftp' ? 'web' : 'unknown'
}

function localPath(address: string): string {
  return address.startsWith('file://') ? fileURLToPath(address) : address
}

function saltPath(address: string, { files }: Pick<StateTools, 'files'>): string | null {
  return files.find(address) ?? files.findFolder(address)
}

export interface FetchOptions {
  readonly skipVerify: boolean
  /** The name that a file of several hashes lists it under; default: that of the target or the source. */
  readonly hashName: string | null
  readonly target: string
}

/** The source's file, its hash verified; a sentence where it cannot be had. */
export function fetchSource(wanted: Wanted, tools: Tools, options: FetchOptions): Source | string {
  const { address } = wanted
  const scheme = schemeOf(address)
  if (scheme === 'unknown') return `Unsupported protocol in source ${address}`
  if (scheme === 'salt') {
    const file = tools.files.find(address)
    return file === null ? `Source file ${address} not found in saltenv 'base'` : { address, file, scheme }
  }
  if (scheme === 'file') {
    const file = localPath(address)
    if (!statsOf(file)) return `Local file source ${file} does not exist`
    return verified({ address, file, scheme }, wanted, tools, options)
  }
  if (wanted.hash === null && !options.skipVerify)
    return `Unable to verify upstream hash of source file ${address}, please set source_hash or set skip_verify to True`
  const file = download(address, tools)
  return file === null
    ? `Source file '${address}' not found`
    : verified({ address, file, scheme }, wanted, tools, options)
}

function download(address: string, tools: Tools): string | null {
  const file = join(tools.scratch(), createHash('sha256').update(address).digest('hex'))
  const argv = [program('curl'), '-fsSL', '--proto', '=http,https,ftp', '-o', file, '--', address] as const
  const ended = tools.shell.runSync({ argv, timeoutSeconds: 300 })
  return ended.status === 0 ? file : null
}

function verified(source: Source, wanted: Wanted, tools: Tools, options: FetchOptions): Source | string {
  if (wanted.hash === null || options.skipVerify) return source
  const expected = expectedHash(wanted.hash, tools, options, source.address)
  if (typeof expected === 'string') return expected
  const actual = hashOf(source.file, expected.type)
  if (actual === expected.sum) return source
  return `Specified ${expected.type} checksum for ${source.address} (${expected.sum}) does not match actual checksum (${actual}). If the 'source_hash' value refers to a remote file with multiple possible matches, then it may be necessary to set 'source_hash_name'.`
}

const hashTypes: ReadonlyMap<number, string> = new Map([
  [32, 'md5'],
  [40, 'sha1'],
  [56, 'sha224'],
  [64, 'sha256'],
  [96, 'sha384'],
  [128, 'sha512'],
])

interface Expected {
  readonly type: string
  readonly sum: string
}

/** From "sha256=…", a bare sum, or a file that lists sums of names. */
function expectedHash(hash: string, tools: Tools, options: FetchOptions, address: string): Expected | string {
  const direct = hashIn(hash)
  if (direct) return direct
  const list = fetchSource({ address: hash, hash: null }, tools, { ...options, skipVerify: true })
  if (typeof list === 'string')
    return `Source hash ${hash} format is invalid. The supported formats are: 1) a hash, 2) an expression in the format <hash_type>=<hash>, or 3) either a path to a local file containing hashes, or a URI of a remote hash file. Supported protocols for remote hash files are: salt, file, http, https and ftp.`
  return (
    hashFrom(readFileSync(list.file, 'utf8'), options, address) ??
    `Unable to match source hash for ${address} in ${hash}`
  )
}

function hashIn(text: string): Expected | null {
  const [, type, sum = ''] = /^(?:(md5|sha1|sha224|sha256|sha384|sha512)[=:])?\s*([0-9a-f]+)$/i.exec(text.trim()) ?? []
  const found = hashTypes.get(sum.length)
  if (found === undefined || (type !== undefined && type.toLowerCase() !== found)) return null
  return { type: found, sum: sum.toLowerCase() }
}

function hashFrom(list: string, options: FetchOptions, address: string): Expected | null {
  const names = options.hashName
    ? [options.hashName]
    : [address, address.split('/').at(-1), options.target.split('/').at(-1)]
  const lines = list.split('\n').map(line => line.trim().split(/\s+/))
  for (const name of names) {
    const line = lines.find(words => words.some(word => word.replace(/^[*.]?\/?/, '') === name || word === name))
    const sum = line?.map(hashIn).find(found => found !== null)
    if (sum) return sum
  }
  return lines.length <= 2
    ? (lines
        .flat()
        .map(hashIn)
        .find(found => found !== null) ?? null)
    : null
}

/** The digest of a file, hexadecimal. */
export function hashOf(file: string, type = 'sha256'): string {
  return createHash(type).update(readFileSync(file)).digest('hex')
}

/** What a failed command said, in one line. */
export function said(bytes: Uint8Array): string {
  return textOfBytes(bytes).trim()
}
