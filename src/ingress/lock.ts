/** One at a time changes the sites: a lock of the kernel's on a file of ours, in a folder that nobody else can open. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { waitForLock } from '../shell/lock.ts'
import type { IngressPlace } from './place.ts'

/** A CA takes its time. */
const waitSeconds = { sites: 120, ports: 120, certificates: 1800 } as const

/** Does the work while nobody else holds the lock of that name. Throws INGRESS_FAILED when another holds it for too long. */
export async function withLock<T>(
  place: IngressPlace,
  name: keyof typeof waitSeconds,
  work: () => Promise<T>,
): Promise<T> {
  const folder = join(place.home, 'locks')
  // The workers of nginx pass the folder of the ingress, but not this one.
  mkdirSync(place.home, { recursive: true, mode: 0o755 })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = await waitForLock(join(folder, name), waitSeconds[name])
  if (lock === null)
    throw new CorpusError(
      'INGRESS_FAILED',
      `Another process has been at work on the ${name} of this machine for ${waitSeconds[name] / 60} minutes.`,
    )
  try {
    return await work()
  } finally {
    lock.release()
  }
}
