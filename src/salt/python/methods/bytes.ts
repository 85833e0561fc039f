/** The methods of bytes. */
import { PyError } from '../error.ts'
import { str } from '../repr.ts'
import { type Method, type Methods, method } from './define.ts'

export const bytesMethods: Methods = new Map<string, Method>([
  method<Uint8Array>('decode', { encoding: 'utf-8', errors: 'strict' }, (self, encoding, errors) =>
    decoded(self, str(encoding ?? 'utf-8'), str(errors ?? 'strict')),
  ),
  method<Uint8Array>('hex', {}, self => Buffer.from(self).toString('hex')),
])

function decoded(bytes: Uint8Array, encoding: string, errors: string): string {
  const name = encoding.toLowerCase().replaceAll('_', '-')
  if (name === 'latin-1' || name === 'iso-8859-1') return Buffer.from(bytes).toString('latin1')
  try {
    return new TextDecoder('utf-8', { fatal: errors === 'strict', ignoreBOM: true }).decode(bytes)
  } catch {
    throw new PyError('UnicodeDecodeError', "'utf-8' codec can't decode these bytes")
  }
}
