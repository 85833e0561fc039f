/** Where the data that is kept with a release stands. */
import { join } from 'node:path'
import type { ProjectLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'
import type { Deployment } from './deployment.ts'

export const keptData = (layout: ProjectLayout, release: ReleaseId): string => join(layout.release(release), 'data')

/** There from before other data is put back until that counts; it names where the data of before is. */
export const dataMarker = ({ layout, release }: Pick<Deployment, 'layout' | 'release'>): string =>
  join(layout.deployment(release).folder, 'data-before')
