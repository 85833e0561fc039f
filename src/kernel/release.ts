/** Release ids: `<DATETIME>-<UUID>`, sorting by time. */
import { randomUUID } from 'node:crypto'
import { type ReleaseId, releaseId } from './names.ts'

export function newRelease(now: Date = new Date()): ReleaseId {
  return releaseId(`${now.toISOString().replace(/[-:.]/g, '')}-${randomUUID()}`)
}

/** When a release was begun, as its id says. */
export function releaseTime(release: ReleaseId): Date {
  const [, year, month, day, hour, minute, second, milli] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z/.exec(release) ?? []
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`)
}

/** The part of a release id that people are shown: its time and four letters. */
export function shortRelease(release: ReleaseId): string {
  return `${release.slice(0, 15)}-${release.slice(20, 24)}`
}
