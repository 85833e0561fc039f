/** hashutil.*: hashes, signatures and base64. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Args } from '../definition/args.ts'
import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { executionError } from '../definition/exceptions.ts'
import { textOf } from '../definition/values.ts'
import type { Value } from '../python/value.ts'
import { putFile } from '../states/file/put.ts'
import { readFileSync } from '../system/files.ts'

const instr = { does: 'The text.', type: 'any', required: true } as const
const file = { does: 'The path of a file.', type: 'path', required: true } as const
const checksum = { does: 'The type of hash.', type: 'text', default: 'md5' } as const

/** A function from a text to a text. */
const ofText = (does: string, make: (bytes: Buffer) => Value) =>
  defineFunction({ does, acts: false, arguments: { instr }, call: ({ args }) => make(bytesOf(args.value('instr'))) })

export const functions: FunctionTable = {
  digest: defineFunction({
    does: 'The hash of a text.',
    acts: false,
    arguments: { instr, checksum },
    call: ({ args }) => hash(bytesOf(args.value('instr')), args),
  }),
  digest_file: defineFunction({
    does: 'The hash of a file.',
    acts: false,
    arguments: { infile: file, checksum },
    call: ({ args }) => hash(readFileSync(args.text('infile')), args),
  }),
  md5_digest: ofText('The MD5 of a text.', bytes => digest(bytes, 'md5')),
  sha1_digest: ofText('The SHA-1 of a text.', bytes => digest(bytes, 'sha1')),
  sha256_digest: ofText('The SHA-256 of a text.', bytes => digest(bytes, 'sha256')),
  sha512_digest: ofText('The SHA-512 of a text.', bytes => digest(bytes, 'sha512')),
  base64_b64encode: ofText('A text in base64.', bytes => bytes.toString('base64')),
  base64_b64decode: ofText('The text of base64.', decoded),
  base64_encodestring: ofText('A text in base64, in lines.', lines),
  base64_decodestring: ofText('The text of base64 lines.', decoded),
  base64_encodefile: defineFunction({
    does: 'A file in base64, in lines.',
    acts: false,
    arguments: { fname: file },
    call: ({ args }) => lines(readFileSync(args.text('fname'))),
  }),
  base64_decodefile: defineFunction({
    does: 'Writes the bytes of a base64 text to a file.',
    acts: true,
    arguments: { instr, outfile: file },
    call: ({ args }) => {
      putFile(args.text('outfile'), Buffer.from(args.text('instr'), 'base64'))
      return true
    },
  }),
  hmac_signature: defineFunction({
    does: 'Whether a signature, base64 of HMAC SHA-256, is that of a text.',
    acts: false,
    arguments: { string: instr, shared_secret: instr, challenge_hmac: instr },
    call: ({ args }) => {
      const expected = hmac(args, 'base64')
      const challenge = Buffer.from(args.text('challenge_hmac'))
      return challenge.length === expected.length && timingSafeEqual(challenge, Buffer.from(expected))
    },
  }),
  hmac_compute: defineFunction({
    does: 'The HMAC SHA-256 of a text, hexadecimal.',
    acts: false,
    arguments: { string: instr, shared_secret: instr },
    call: ({ args }) => hmac(args, 'hex'),
  }),
}

function bytesOf(value: Value): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(textOf(value))
}

function hash(bytes: Buffer, args: Args): string {
  return digest(bytes, args.text('checksum'))
}

function digest(bytes: Buffer, type: string): string {
  try {
    return createHash(type).update(bytes).digest('hex')
  } catch {
    throw executionError(`Hash func '${type}' is not supported.`)
  }
}

function decoded(bytes: Buffer): Value {
  const data = Buffer.from(bytes.toString('latin1'), 'base64')
  const text = data.toString('utf8')
  return Buffer.from(text).equals(data) ? text : new Uint8Array(data)
}

function lines(bytes: Buffer): string {
  const parts = bytes.toString('base64').match(/.{1,76}/g) ?? []
  return parts.map(part => `${part}\n`).join('')
}

function hmac(args: Args, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', args.text('shared_secret')).update(args.text('string')).digest(encoding)
}
