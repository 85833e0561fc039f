/** What a site looks at while it serves: the tree of a release and a group of ports. Changed without nginx being told. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { ProjectName } from '../kernel/names.ts'
import { activeFolder, type IngressPlace } from './place.ts'

/** Makes the site look at the tree and at the group of ports; true when it looked elsewhere. Two renames, each whole or not at all. */
export function activate(
  place: IngressPlace,
  project: ProjectName,
  digest: string,
  tree: string,
  group: 0 | 1 | null,
): boolean {
  const folder = activeFolder(place, project, digest)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const link = join(folder, 'tree')
  const second = join(folder, 'second')
  let changed = false
  if (linkTarget(link) !== tree) {
    rmSync(`${link}.new`, { force: true })
    symlinkSync(tree, `${link}.new`)
    renameSync(`${link}.new`, link)
    changed = true
  }
  if (existsSync(second) !== (group === 1)) {
    if (group === 1) writeFileSync(second, '')
    else rmSync(second)
    changed = true
  }
  return changed
}

/** Which group of ports the site looks at. */
export function activeGroup(place: IngressPlace, project: ProjectName, digest: string): 0 | 1 {
  return existsSync(join(activeFolder(place, project, digest), 'second')) ? 1 : 0
}

/** The trees that the texts of a site look at: the one that serves, and the one before it. */
export function activeTrees(place: IngressPlace, project: ProjectName): readonly string[] {
  const folder = join(place.home, 'active')
  if (!existsSync(folder)) return []
  const own = readdirSync(folder).filter(name => name.startsWith(`${project}.`))
  return own.flatMap(name => linkTarget(join(folder, name, 'tree')) ?? [])
}

/** The folder of the text before stays: workers that end their last requests may still look there. */
export function removeOldActive(place: IngressPlace, project: ProjectName, digest: string): void {
  const folder = join(place.home, 'active')
  const others = readdirSync(folder)
    .filter(name => name.startsWith(`${project}.`) && name !== `${project}.${digest}`)
    .map(name => ({ path: join(folder, name), changed: statSync(join(folder, name)).mtimeMs }))
  for (const { path } of others.sort((a, b) => b.changed - a.changed).slice(1))
    rmSync(path, { recursive: true, force: true })
}

function linkTarget(link: string): string | null {
  try {
    return readlinkSync(link)
  } catch {
    return null
  }
}
