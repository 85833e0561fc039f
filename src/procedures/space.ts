/** Free space, asked before a step that needs it. */
import { statfsSync } from 'node:fs'
import { CorpusError } from '../kernel/errors.ts'
import type { Deployment } from './deployment.ts'

/** Where the configuration does not say `min_free_megabytes`. */
const defaultMegabytes = 64

/** Throws DISK_LOW before anything has changed. */
export function needSpace(deployment: Pick<Deployment, 'layout' | 'cfg'>): void {
  const wanted = deployment.cfg.get('min_free_megabytes')
  const megabytes = typeof wanted === 'number' ? wanted : defaultMegabytes
  const { bavail, bsize, ffree, files } = statfsSync(deployment.layout.home)
  const free = Math.floor((bavail * bsize) / 1_000_000)
  if (free < megabytes) {
    throw new CorpusError(
      'DISK_LOW',
      `Only ${free} MB are free below ${deployment.layout.home}; a deployment wants ${megabytes} MB.`,
    )
  }
  if (files > 0 && ffree < 1000)
    throw new CorpusError('DISK_LOW', `Only ${ffree} inodes are free below ${deployment.layout.home}.`)
}
