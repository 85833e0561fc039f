/** The logs of an nginx of our own: put aside when they are big, so many kept. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { IngressPlace } from './place.ts'

const largestBytes = 10_000_000
const kept = 3

/** True when nginx must open its logs anew. */
export function rotateLogs(place: IngressPlace, limitBytes = largestBytes): boolean {
  const big = ['access.log', 'error.log']
    .map(name => join(place.home, 'logs', name))
    .filter(file => existsSync(file) && statSync(file).size > limitBytes)
  for (const file of big) {
    rmSync(`${file}.${kept}`, { force: true })
    for (let number = kept - 1; number >= 1; number--)
      if (existsSync(`${file}.${number}`)) renameSync(`${file}.${number}`, `${file}.${number + 1}`)
    renameSync(file, `${file}.1`)
  }
  return big.length > 0
}
