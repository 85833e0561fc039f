/** Reads what an index says of modes, as git lays it out (gitformat-index): a process less while somebody waits. */
import type { FileName } from '../kernel/file-names.ts'

const header = 12
/** Of an entry: times, device, inode, mode, owner, size. */
const modeAt = 24
const beforeId = 40
const link = 0o120000

/** The names of symbolic links; undefined where git must be asked. */
export function linksInIndex(index: Buffer): FileName[] | undefined {
  if (index.length < header || index.toString('latin1', 0, 4) !== 'DIRC') return undefined
  const version = index.readUInt32BE(4)
  // Of version 4 names are told by their difference; a split or sparse index has its entries elsewhere.
  if (version !== 2 && version !== 3) return undefined
  return walk(index, 20) ?? walk(index, 32)
}

/** Undefined where ids have another length than that, or something stands at the end that is not known here. */
function walk(index: Buffer, idBytes: number): FileName[] | undefined {
  const links: FileName[] = []
  let at = header
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    const flagsAt = at + beforeId + idBytes
    if (flagsAt + 4 > index.length - idBytes) return undefined
    const flags = index.readUInt16BE(flagsAt)
    const nameAt = flagsAt + (flags & 0x4000 ? 4 : 2)
    const stated = flags & 0xfff
    const end = index.indexOf(0, stated === 0xfff ? nameAt + stated : nameAt)
    if (end < 0 || (stated !== 0xfff && end - nameAt !== stated)) return undefined
    const mode = index.readUInt32BE(at + modeAt)
    if (mode === link) links.push(index.toString('latin1', nameAt, end))
    at += Math.floor((end - at + 8) / 8) * 8
  }
  return hasKnownEnd(index, at, idBytes) ? links : undefined
}

/** Extensions up to the sum at the end; those whose name begins in lower case change what the entries mean. */
function hasKnownEnd(index: Buffer, from: number, idBytes: number): boolean {
  let at = from
  while (at < index.length - idBytes) {
    if (at + 8 > index.length - idBytes) return false
    const first = index[at] ?? 0
    if (first < 0x41 || first > 0x5a) return false
    at += 8 + index.readUInt32BE(at + 4)
  }
  return at === index.length - idBytes
}
