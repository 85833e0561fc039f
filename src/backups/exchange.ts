/** Lets new files and folders change places with old ones, so that a crash at any point can be taken back. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { textIfThere } from '../kernel/files.ts'

/**
 * ```
 * .0123456789ab.restoring/new/…        what comes, under the names that it will have
 *                        /old/0 …      what it replaces
 *                        /plan.json    there while things have moved and it is not for good: a crash then is taken back
 * ```
 */
export interface Exchange {
  /** The folder with new, old and the plan; on the file system of `target`. */
  readonly folder: string
  readonly target: string
}

interface Row {
  readonly name: string
  /** Whether something is replaced, and whether something comes in its place. */
  readonly was: boolean
  readonly comes: boolean
}

export const exchangeName = /^\.[0-9a-f]{12}\.restoring$/
export const newOf = (exchange: Exchange): string => join(exchange.folder, 'new')

/** When one name fails, all are taken back, and the fault is thrown. */
export function moveAll(exchange: Exchange, names: readonly string[]): void {
  const rows = names.map(name => ({
    name,
    was: isThere(join(exchange.target, name)),
    comes: isThere(join(newOf(exchange), name)),
  }))
  mkdirSync(join(exchange.folder, 'old'))
  writeFileSync(planOf(exchange), JSON.stringify(rows), { flush: true })
  try {
    for (const [index, row] of rows.entries()) {
      const place = join(exchange.target, row.name)
      if (row.was) renameSync(place, oldOf(exchange, index))
      mkdirSync(dirname(place), { recursive: true })
      if (row.comes) renameSync(join(newOf(exchange), row.name), place)
    }
  } catch (fault) {
    moveAllBack(exchange)
    throw fault
  }
}

/** Reads from the disk how far it came. Whatever took a place meanwhile goes away with what was to come. */
export function moveAllBack(exchange: Exchange): void {
  const rows = JSON.parse(readFileSync(planOf(exchange), 'utf8')) as Row[]
  for (const [index, row] of [...rows.entries()].reverse()) {
    const place = join(exchange.target, row.name)
    const moved = row.was ? isThere(oldOf(exchange, index)) : row.comes && !isThere(join(newOf(exchange), row.name))
    if (!moved) continue
    if (isThere(place)) renameSync(place, join(exchange.folder, `taken-back-${index}`))
    if (row.was) renameSync(oldOf(exchange, index), place)
  }
  rmSync(planOf(exchange))
}

/** For good: from here on nothing is taken back. */
export function finish(exchange: Exchange): void {
  rmSync(planOf(exchange), { force: true })
  rmSync(exchange.folder, { recursive: true, force: true })
}

/** After a fault. What could not be taken back stays where it is: it may be the only copy. */
export function abandon(exchange: Exchange): void {
  if (!isWhole(textIfThere(planOf(exchange)))) finish(exchange)
}

/** Takes back what a killed restore left in a folder. Answers whether there was any. */
export function takeBackInterrupted(target: string): boolean {
  const names = isThere(target) ? readdirSync(target).filter(name => exchangeName.test(name)) : []
  for (const name of names) {
    const exchange = { folder: join(target, name), target }
    if (isWhole(textIfThere(planOf(exchange)))) moveAllBack(exchange)
    finish(exchange)
  }
  return names.length > 0
}

/** A plan that was cut off while it was written is one that nothing was moved by. */
function isWhole(plan: string | undefined): boolean {
  return plan?.endsWith(']') === true
}

function planOf(exchange: Exchange): string {
  return join(exchange.folder, 'plan.json')
}

function oldOf(exchange: Exchange, index: number): string {
  return join(exchange.folder, 'old', String(index))
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
