/** Where the ingress keeps its files: every path below `<root>/corpus/ingress`, once. */
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'

export interface IngressPlace {
  readonly home: string
  /** One `.conf` and one `.json` a project. */
  readonly sites: string
  /** Answers to ACME challenges, served for every host. */
  readonly challenges: string
}

export function ingressPlace(root: string): IngressPlace {
  // nginx has no way to write a "$" in most values, and nobody needs the others.
  if (!root.startsWith('/') || /[\x00-\x1f\x7f"$\\]/.test(root))
    throw new CorpusError('USAGE', 'The root folder is not an absolute path that nginx can be told.')
  const home = join(root, 'corpus', 'ingress')
  return { home, sites: join(home, 'sites'), challenges: join(home, 'challenges') }
}

export const siteFile = (place: IngressPlace, project: ProjectName) => join(place.sites, `${project}.conf`)
export const siteRecord = (place: IngressPlace, project: ProjectName) => join(place.sites, `${project}.json`)
export const passwordFile = (place: IngressPlace, project: ProjectName) => join(place.home, 'passwords', project)
export const certificateFolder = (place: IngressPlace, project: ProjectName) =>
  join(place.home, 'certificates', project)
/** While this file is there, the project answers with its maintenance page. */
export const maintenanceFlag = (place: IngressPlace, project: ProjectName) =>
  join(place.home, 'maintenance', `${project}.on`)
export const maintenancePage = (place: IngressPlace, project: ProjectName) =>
  join(place.home, 'maintenance', `${project}.html`)
/** What of a site changes without nginx being told: `tree` is a link to the release, `second` says that the second group answers. */
export const activeFolder = (place: IngressPlace, project: ProjectName, digest: string) =>
  join(place.home, 'active', `${project}.${digest}`)
