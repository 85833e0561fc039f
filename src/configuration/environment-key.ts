/** The key that environments are sealed with: AES-256-GCM, each value bound to the place it stands in. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Reads the key. With `make` it is made where there is none; made twice at once, there is still one. */
export function vaultKey(file: string, options: { readonly make?: boolean } = {}): Uint8Array {
  try {
    return readKey(file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    if (!options.make) throw new CorpusError('ENVIRONMENT_LOCKED', `The key ${file} is not there.`, { cause })
    makeKey(file)
    return readKey(file)
  }
}

/** `v1:` and nonce, tag and ciphertext in base64. */
export function sealed(key: Uint8Array, place: string, value: Uint8Array): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place))
  const text = Buffer.concat([cipher.update(value), cipher.final()])
  return `v1:${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')}`
}

/** undefined where the key, the place or the bytes are not those that were sealed. */
export function opened(key: Uint8Array, place: string, text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text.replace(/^v1:/, ''), 'base64')
  if (!text.startsWith('v1:') || bytes.length < nonceBytes + tagBytes) return undefined
  try {
    const options = { authTagLength: tagBytes }
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), options).setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}

function readKey(file: string): Uint8Array {
  const text = readFileSync(file, 'latin1')
  if ((statSync(file).mode & 0o077) !== 0)
    throw new CorpusError(
      'ENVIRONMENT_LOCKED',
      `The key ${file} can be read by others: it is used only with mode 0600.`,
    )
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length !== keyBytes) throw new CorpusError('ENVIRONMENT_LOCKED', `The key ${file} is damaged.`)
  return key
}

/** link(2) refuses to replace: whoever comes second takes the first one's key. */
function makeKey(file: string): void {
  const fresh = `${file}.${randomBytes(6).toString('hex')}.new`
  try {
    const handle = openSync(fresh, 'wx', 0o600)
    try {
      writeFileSync(handle, `${randomBytes(keyBytes).toString('hex')}\n`)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    linkSync(fresh, file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new CorpusError('WRITE_FAILED', `The key ${file} cannot be written: ${(cause as Error).message}.`, {
        cause,
      })
  } finally {
    rmSync(fresh, { force: true })
  }
}
