/** Free space, asked before a step that needs it. */

import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { settingOf, settings } from '../configuration/settings/index.ts'
import { spaceAt } from '../disk/space.ts'
import { discardPreparedTree } from '../git/prepared-tree.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { GiveRoom } from '../kernel/room.ts'
import type { Deployment } from './deployment.ts'

/** Where the configuration does not say `min_free_megabytes`. */
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

/** A copy on its way to a commit that does not fit may be what fills the disk: it goes, and making the tree says what is wrong. */
export async function settlePrefetched(
  deployment: Pick<Deployment, 'layout' | 'cfg' | 'prefetchedTree'>,
): Promise<void> {
  if (deployment.prefetchedTree && isScarce(deployment) && !(await deployment.prefetchedTree.done))
    discardPreparedTree(deployment.layout.preparedTree)
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
    writeFileSync(layout.reserve, Buffer.alloc(reserveBytes), { mode: 0o600 })
  } catch {
    rmSync(layout.reserve, { force: true })
  }
}

/** Gives it free: what takes a deployment back on a full disk writes into it. */
export function freeReserve(deployment: Pick<Deployment, 'layout' | 'cfg'>): void {
  if (isScarce(deployment)) rmSync(deployment.layout.reserve, { force: true })
}

/**
 * What is given up, one after the other, for what a deployment itself must write: the room put aside, then the copy that is
 * being made for it. Git, which fills that, ends as soon as it finds no room either: its file is there until then.
 */
export function roomOf(layout: ProjectLayout): GiveRoom {
  return round => {
    if (round === 0) rmSync(layout.reserve, { force: true })
    else if (round === 1) discardPreparedTree(layout.preparedTree)
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMilliseconds)
    return round < roundsOfRoom
  }
}

const waitMilliseconds = 20
const roundsOfRoom = 50

function megabytes({ layout, cfg }: Pick<Deployment, 'layout' | 'cfg'>): { free: number; wanted: number } {
  const wanted = settingOf(cfg, 'min_free_megabytes')
  return {
    free: Math.floor(spaceAt(layout.home).freeBytes / 1_000_000),
    wanted: typeof wanted === 'number' ? wanted : settings.min_free_megabytes.otherwise,
  }
}
