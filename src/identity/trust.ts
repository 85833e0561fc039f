/** Whose certificates count: those that are named, else those that the machine trusts, else those that come with Node. */
import { createSecureContext, type SecureContext } from 'node:tls'
import { textAnywhere } from '../kernel/beneath.ts'

/** Where Debian and its like keep them, with what root added (`update-ca-certificates`). */
const ofMachine = '/etc/ssl/certs/ca-certificates.crt'

/** Made once for all connections: to read all of them takes its time. */
export function trustIn(ca: string | null): SecureContext {
  const trusted = ca ?? textAnywhere(ofMachine)
  return createSecureContext({ minVersion: 'TLSv1.2', ...(trusted === undefined ? {} : { ca: trusted }) })
}
