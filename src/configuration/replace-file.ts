/** Puts a file in another's place at once: whoever reads sees the old one or the new one, whatever happens meanwhile. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'

/** Mode 0600 unless told. The folder must be there. When the disk is full, the old file stays and nothing is left beside it. */
export function replaceFile(file: string, content: string | Uint8Array, mode = 0o600): void {
  const beside = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.new`)
  try {
    const handle = openSync(beside, 'wx', mode)
    try {
      writeFileSync(handle, content)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(beside, file)
    flushFolder(dirname(file))
  } catch (cause) {
    rmSync(beside, { force: true })
    throw new CorpusError('WRITE_FAILED', `${file} cannot be written: ${(cause as Error).message}.`, { cause })
  }
}

/** A rename is only safe from a power cut when its folder is on the disk too. */
function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
