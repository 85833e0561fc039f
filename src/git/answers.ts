/** How git prints what it has: lists of entries, and contents one behind the other. */
import type { TreeEntry } from './loose.ts'

/** `MODE KIND ID\tNAME\0`, the mode of a folder with a zero in front. */
export function entriesIn(answer: Buffer): TreeEntry[] {
  return answer
    .toString('latin1')
    .split('\0')
    .slice(0, -1)
    .map(line => {
      const tab = line.indexOf('\t')
      const [mode = '', , id = ''] = line.slice(0, tab).split(' ')
      return { mode: mode.replace(/^0/, ''), name: line.slice(tab + 1), id }
    })
}

/** Of each object `ID blob SIZE\n`, its bytes, and a line break; missing ones have none. */
export function blobsIn(answer: Uint8Array): string[] {
  const bytes = Buffer.from(answer)
  const blobs: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at)
    if (end < 0) break
    const size = Number(/ (\d+)$/.exec(bytes.toString('latin1', at, end))?.[1] ?? -1)
    blobs.push(size < 0 ? '' : bytes.toString('latin1', end + 1, end + 1 + size))
    at = end + 1 + (size < 0 ? 0 : size + 1)
  }
  return blobs
}
