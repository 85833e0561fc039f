/** Where the services of one corpus keep their files: every path below `<root>/corpus`, once. */
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import type { InstanceName } from './instance.ts'

export interface Place {
  /** `<root>/corpus`. */
  readonly home: string
}

export function servicesPlace(root: string): Place {
  if (!root.startsWith('/') || /[\n\0]/.test(root))
    throw new CorpusError('USAGE', 'The root folder is not an absolute path.')
  return { home: join(root, 'corpus') }
}

/** Where each driver has a folder for each instance. */
export const instanceFolders = ({ home }: Place): readonly string[] => [
  join(home, 'runit', 'service'),
  join(home, 'systemd'),
]

export const portsFolder = (place: Place) => join(place.home, 'ports')
/** Outlives the instance, so that what a failed release said can still be read. */
export const logFolder = (place: Place, project: ProjectName, name: InstanceName) =>
  join(place.home, 'logs', project, name)
export const projectLogFolder = (place: Place, project: ProjectName) => join(place.home, 'logs', project)
