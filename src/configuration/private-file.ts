/** Files for their owner alone: whoever reads sees the old one or the new one, whatever happens meanwhile. */
import { CorpusError } from '../kernel/errors.ts'
import { writeWhole } from '../kernel/files.ts'

/** Mode 0600, on the disk before it counts. The folder must be there. When that fails, the old file stays as it was. */
export function writePrivate(file: string, content: string | Uint8Array): void {
  try {
    writeWhole(file, content, { mode: 0o600, durable: true })
  } catch (cause) {
    throw new CorpusError('WRITE_FAILED', `${file} cannot be written: ${(cause as Error).message}.`, { cause })
  }
}
