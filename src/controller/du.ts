/** What a project takes on the disk, and what of it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keptData } from '../deployment/kept-data.ts'
import { usageOf } from '../disk/usage.ts'
import { type ProjectLayout, rootLayout } from '../kernel/layout.ts'
import { currentRelease, keptReleases } from '../pipeline/history.ts'
import { type Context, openProject } from './context.ts'

export interface Taken {
  readonly what: string
  readonly path: string
  readonly bytes: number
}

/** A file that several releases share counts with the first: the one that runs, then the newest. */
export async function diskUsage(context: Context, name: string): Promise<Taken[]> {
  const rows = rowsOf(await openProject(context, name)).filter(([, path]) => existsSync(path))
  const sizes = await usageOf(
    context.shell,
    rows.map(([, path]) => path),
  )
  return rows.map(([what, path], at) => ({ what, path, bytes: sizes[at]?.bytes ?? 0 }))
}

function rowsOf(layout: ProjectLayout): [string, string][] {
  const { corpus, backups } = rootLayout(layout.root)
  const current = currentRelease(layout)
  const others = keptReleases(layout).filter(release => release !== current)
  const releases = [...(current ? [current] : []), ...others]
  return [
    ['data', layout.data],
    ...releases.map((release): [string, string] => ['data of a release', keptData(layout, release)]),
    ...releases.map((release): [string, string] => [
      release === current ? 'release that runs' : 'release',
      layout.release(release),
    ]),
    ['prepared tree', layout.preparedTree],
    ['records', layout.own],
    ['editable tree', layout.editableTree],
    ['failed trees', layout.rolledBack],
    ['bundles', layout.releases],
    ['repositories', layout.git],
    ['caches and build', layout.build],
    ['artifacts', layout.deploy],
    ['deployments', layout.deployments],
    ['logs of processes', join(corpus, 'logs', layout.name)],
    ['backups, own part', join(backups, layout.name)],
  ]
}
