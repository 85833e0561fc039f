/** Reads zip files: what is in them, and the bytes of each entry. Nothing may leave the folder that it is unpacked into. */

import { dirname, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { executionError } from '../../definition/exceptions.ts'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from '../../system/files.ts'

export interface ZipEntry {
  /** Folders end with "/". */
  readonly name: string
  /** Of the file system that it was packed on; 0 where that is not known. */
  readonly mode: number
  readonly encrypted: boolean
  readonly method: number
  readonly size: number
  readonly packedSize: number
  readonly at: number
}

const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50
const linkType = 0o120000
/** An archive that unpacks to more is refused: a few kilobytes can stand for as much. */
const largestEntry = 2 ** 31

export function readZip(path: string): { readonly bytes: Buffer; readonly entries: readonly ZipEntry[] } {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end === -1 || bytes.length < end + 22 || bytes.readUInt32LE(end) !== endSignature)
    throw executionError(`${path} is not a zip file`)
  const count = bytes.readUInt16LE(end + 10)
  let at = bytes.readUInt32LE(end + 16)
  const entries: ZipEntry[] = []
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== entrySignature)
      throw executionError(`The directory of ${path} is damaged, or too large for this reader (zip64)`)
    const nameLength = bytes.readUInt16LE(at + 28)
    entries.push({
      name: nameOf(bytes.subarray(at + 46, at + 46 + nameLength), path),
      mode: bytes.readUInt8(at + 5) === 3 ? bytes.readUInt32LE(at + 38) >>> 16 : 0,
      encrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      method: bytes.readUInt16LE(at + 10),
      packedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      at: bytes.readUInt32LE(at + 42),
    })
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return { bytes, entries }
}

function nameOf(bytes: Buffer, path: string): string {
  const name = bytes.toString('utf8')
  if (name.startsWith('/') || name.includes('\0') || name.split('/').includes('..'))
    throw executionError(`${path} has the entry ${JSON.stringify(name)}, which would leave its folder`)
  return name
}

/** Unpacks all entries; gives their names. */
export function unpackZip(path: string, folder: string, options: { readonly keepModes: boolean }): string[] {
  const { bytes, entries } = readZip(path)
  const locked = entries.find(entry => entry.encrypted)
  if (locked) throw executionError(`${path} is encrypted`)
  const links: [string, string][] = []
  for (const entry of entries) {
    const target = join(folder, entry.name)
    if (entry.name.endsWith('/')) {
      mkdirSync(target, { recursive: true })
      continue
    }
    mkdirSync(dirname(target), { recursive: true })
    const content = contentOf(bytes, entry, path)
    if ((entry.mode & 0o170000) === linkType) links.push([target, content.toString('utf8')])
    else {
      rmSync(target, { force: true })
      writeFileSync(target, content)
      if (options.keepModes && entry.mode & 0o777) chmodSync(target, entry.mode & 0o777)
    }
  }
  // Links last, so that no entry can be written through one.
  for (const [target, content] of links) {
    rmSync(target, { force: true })
    symlinkSync(content, target)
  }
  return entries.map(entry => entry.name)
}

function contentOf(bytes: Buffer, entry: ZipEntry, path: string): Buffer {
  const damaged = () => executionError(`The entry ${JSON.stringify(entry.name)} of ${path} is damaged`)
  if (entry.at + 30 > bytes.length || bytes.readUInt32LE(entry.at) !== localSignature) throw damaged()
  const start = entry.at + 30 + bytes.readUInt16LE(entry.at + 26) + bytes.readUInt16LE(entry.at + 28)
  const packed = bytes.subarray(start, start + entry.packedSize)
  if (entry.method === 0) return packed
  if (entry.method !== 8 || entry.size > largestEntry)
    throw executionError(`The entry ${JSON.stringify(entry.name)} of ${path} is packed in a way that is not known here`)
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(entry.size, 1) })
  } catch {
    throw damaged()
  }
}
