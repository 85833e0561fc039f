/** Free space, asked before a step that needs it. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { spaceAt } from '../disk/space.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Deployment } from './deployment.ts'

/** Where the configuration does not say `min_free_megabytes`. */
const defaultMegabytes = 64

/** Throws DISK_LOW before anything has changed. */
export function needSpace(deployment: Pick<Deployment, 'layout' | 'cfg'>): void {
  const { free, wanted } = megabytes(deployment)
  if (free < wanted) {
    throw new CorpusError(
      'DISK_LOW',
      `Only ${free} MB are free below ${deployment.layout.home}; a deployment wants ${wanted} MB.`,
    )
  }
  const { freeFiles } = spaceAt(deployment.layout.home)
  if (freeFiles < 1000)
    throw new CorpusError('DISK_LOW', `Only ${freeFiles} inodes are free below ${deployment.layout.home}.`)
}

/** Whether the disk is so full that what failed cannot be kept. */
export function isScarce(deployment: Pick<Deployment, 'layout' | 'cfg'>): boolean {
  const { free, wanted } = megabytes(deployment)
  return free < wanted
}

const reserveBytes = 512 * 1024

/** Puts some room aside, once. */
export function keepReserve(layout: ProjectLayout): void {
  if (existsSync(layout.reserve)) return
  try {
    writeFileSync(layout.reserve, Buffer.alloc(reserveBytes))
  } catch {
    rmSync(layout.reserve, { force: true })
  }
}

/** Gives it free: what takes a deployment back on a full disk writes into it. */
export function freeReserve(deployment: Pick<Deployment, 'layout' | 'cfg'>): void {
  if (isScarce(deployment)) rmSync(deployment.layout.reserve, { force: true })
}

function megabytes({ layout, cfg }: Pick<Deployment, 'layout' | 'cfg'>): { free: number; wanted: number } {
  const wanted = cfg.get('min_free_megabytes')
  return {
    free: Math.floor(spaceAt(layout.home).freeBytes / 1_000_000),
    wanted: typeof wanted === 'number' ? wanted : defaultMegabytes,
  }
}
