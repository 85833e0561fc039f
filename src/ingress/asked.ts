/** How it stands with the public certificate that a site waits for: asked for, or not had and why. */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { jsonIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectName } from '../kernel/names.ts'
import { certificateFolder, type IngressPlace } from './place.ts'
import { recordOf } from './site-records.ts'

interface Asked {
  readonly at: string
  /** Who asks; null once that was in vain. */
  readonly pid: number | null
  readonly why: string
}

const askedFile = (place: IngressPlace, project: ProjectName) => join(certificateFolder(place, project), 'asked.json')

export const noteAsked = (place: IngressPlace, project: ProjectName): void =>
  write(place, project, { at: new Date().toISOString(), pid: process.pid, why: '' })

export const noteNotCertified = (place: IngressPlace, project: ProjectName, why: string): void =>
  write(place, project, { at: new Date().toISOString(), pid: null, why })

export const forgetAsked = (place: IngressPlace, project: ProjectName): void =>
  rmSync(askedFile(place, project), { force: true })

function write(place: IngressPlace, project: ProjectName, asked: Asked): void {
  // One that was destroyed meanwhile has nothing left here.
  if (recordOf(place, project) === null) return
  mkdirSync(certificateFolder(place, project), { recursive: true, mode: 0o700 })
  writeWhole(askedFile(place, project), `${JSON.stringify(asked)}\n`)
}

/** A sentence for whoever wonders; null where no public certificate is waited for. */
export function certificateWord(place: IngressPlace, project: ProjectName): string | null {
  if (recordOf(place, project)?.site.tls !== 'acme') return null
  const asked = jsonIfThere<Asked>(askedFile(place, project))
  if (asked === undefined) return null
  if (asked.why !== '') return `none of a public CA since ${asked.at}: ${asked.why}`
  const again = 'asked for again by the agent, or with the next deployment'
  return isThere(asked.pid) ? `asked of a public CA since ${asked.at}` : `not had: who asked is dead; ${again}`
}

function isThere(pid: number | null): boolean {
  try {
    return pid !== null && process.kill(pid, 0)
  } catch {
    return false
  }
}
