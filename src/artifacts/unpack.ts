/** Unpacks an archive into a folder that takes the old one's place only when all of it is there. */

import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { type Program, program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { removeLeftovers } from './leftovers.ts'
import { checkedListing, type Listing } from './listing.ts'
import { must } from './run.ts'

export interface Unpack {
  readonly shell: Shell
  readonly archive: string
  /** Replaced as a whole; on any failure it stays as it was. */
  readonly folder: string
  /** Names at the top that are a folder or not there. */
  readonly folders?: readonly string[]
  /** Default 20 GiB. */
  readonly maximumBytes?: number
  /** Default 2,000,000. */
  readonly maximumEntries?: number
  /** Absolute folders that links may point into; default none. */
  readonly linksMayPointTo?: readonly string[]
  /** Gets the old folder out of the way for good; default: deletes it here and now. */
  readonly discard?: (path: string) => Promise<void>
  readonly signal?: AbortSignal
}

/** What is unpacked belongs to whoever runs this, and nobody else reaches it before all of it is there. */
export async function unpackArchive(unpack: Unpack): Promise<Listing> {
  const { shell, archive, folder, signal } = unpack
  const decompress = decompression(archive)
  const limits = {
    maximumBytes: unpack.maximumBytes ?? 20 * 1024 ** 3,
    maximumEntries: unpack.maximumEntries ?? 2_000_000,
    linksMayPointTo: unpack.linksMayPointTo ?? [],
    folders: unpack.folders ?? [],
  }
  const listing = await checkedListing(shell, archive, decompress, limits, signal)
  removeLeftovers(folder)
  const fresh = beside(folder, 'new')
  try {
    mkdirSync(fresh, { mode: 0o700 })
    await extract(unpack, decompress, fresh)
    chmodSync(fresh, 0o755)
    await putInPlace(fresh, folder, unpack.discard ?? deleteNow)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    throw error
  }
  return listing
}

/** Told by the first bytes, never by the name. */
function decompression(archive: string): string[] {
  const head = Buffer.alloc(512)
  const handle = openSync(archive, 'r')
  const length = readSync(handle, head, 0, 512, 0)
  closeSync(handle)
  if (head.readUInt32LE(0) === 0xfd2fb528) return ['--zstd']
  if (head[0] === 0x1f && head[1] === 0x8b) return ['--gzip']
  if (head.toString('latin1', 257, 262) === 'ustar') return []
  const why = length === 0 ? 'it is empty' : 'it is neither zstd nor gzip nor plain tar'
  throw new CorpusError('ARTIFACT_DAMAGED', `The archive ${archive} cannot be read: ${why}.`)
}

async function extract(unpack: Unpack, decompress: readonly string[], into: string): Promise<void> {
  const options = ['--no-same-owner', '--no-same-permissions', '--delay-directory-restore', '--no-overwrite-dir']
  const argv: [Program, ...string[]] = [
    program('tar'),
    '--extract',
    ...decompress,
    ...options,
    `--directory=${into}`,
    `--file=${unpack.archive}`,
  ]
  const command = {
    argv,
    cwd: into,
    umask: 0o022,
    ...(unpack.signal && { signal: unpack.signal }),
  }
  await must(unpack.shell, command, 'ARTIFACT_DAMAGED', `The archive ${unpack.archive} cannot be unpacked`)
}

/** Between the two renames there is no folder: whoever finds it missing unpacks again, which starts from nothing anyway. */
async function putInPlace(fresh: string, folder: string, discard: (path: string) => Promise<void>): Promise<void> {
  if (!existsSync(folder)) return renameSync(fresh, folder)
  const old = beside(folder, 'old')
  renameSync(folder, old)
  try {
    renameSync(fresh, folder)
  } catch (error) {
    renameSync(old, folder)
    throw error
  }
  await discard(old)
}

function beside(folder: string, kind: 'new' | 'old'): string {
  return join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}.${kind}`)
}

async function deleteNow(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
