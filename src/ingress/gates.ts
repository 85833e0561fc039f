/**
 * The way of nginx's workers to what a site serves: passage through our own folders above it, by ACLs for that one account. What is
 * not served has none. Nothing is ever changed below a folder that another account writes to.
 */
import { chmodSync, lstatSync, readdirSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { endedWell } from '../shell/at-hand.ts'
import { hasProgram, program } from '../shell/programs.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import type { IngressPlace } from './place.ts'
import type { Site } from './site.ts'
import type { SiteTarget } from './site-records.ts'

/** Who passes, and how it is told. */
export interface Passage {
  readonly place: IngressPlace
  readonly shell: Shell
  /** The account of nginx's workers; null where it is our own, and nothing keeps it out. */
  readonly worker: string | null
}

/** The folders on the way to what a site serves, from the top down; none for a site that leads to processes alone. */
function gatesOf(place: IngressPlace, site: Pick<Site, 'routes'>, target: SiteTarget): readonly string[] {
  const root = dirname(dirname(place.home))
  const gates = new Set<string>()
  for (const route of site.routes) {
    if (route.to === 'process') continue
    const served = route.of === 'data' ? target.data : target.tree
    if (served === undefined) continue
    for (let at = dirname(served); at.startsWith(`${root}/`); at = dirname(at)) gates.add(at)
    // A tree lets everybody in who got as far; the data of an application does not.
    if (route.of === 'data') gates.add(served)
  }
  return [...gates].sort()
}

/** Lets the workers through to what the site serves. Returns what a person should know about it. */
export async function openGates(passage: Passage, site: Site, target: SiteTarget): Promise<readonly string[]> {
  const { worker } = passage
  if (worker === null) return []
  const shut = ours(gatesOf(passage.place, site, target)).filter(([, entry]) => (entry.mode & 0o001) === 0)
  const folders = shut.map(([folder]) => folder)
  if (folders.length === 0) return []
  const fault = await change(passage, ['-m', `u:${worker}:x`], folders)
  if (fault === null) return []
  for (const [folder, entry] of shut) chmodSync(folder, (entry.mode & 0o7777) | 0o001)
  return [
    `${folders.join(', ')} can be passed by every account, since ${worker} alone could not be let through: ${fault}`,
  ]
}

/** Shuts what was open for `before` and is not needed for `now` (null: nothing is served any more), and releases that a crash left open. */
export async function shutGates(
  passage: Passage,
  before: { readonly site: Site; readonly target: SiteTarget } | null,
  now: { readonly site: Site; readonly target: SiteTarget } | null,
): Promise<void> {
  const { worker, place } = passage
  if (worker === null || before === null || !hasProgram('setfacl')) return
  const needed = new Set(now === null ? [] : gatesOf(place, now.site, now.target))
  const open = gatesOf(place, before.site, before.target)
  if (open.every(folder => needed.has(folder))) return
  const neighbours = [...open, ...needed].flatMap(folder => (isRelease(folder) ? siblings(folder) : []))
  const shut = ours([...new Set([...open, ...neighbours])].filter(folder => !needed.has(folder)))
  if (shut.length > 0)
    await change(
      passage,
      ['-x', `u:${worker}`],
      shut.map(([folder]) => folder),
    )
}

/** Gates of a project that every account passes, though the workers alone need to: what `openGates` had to do where there are no ACLs. */
export function wideGates(place: IngressPlace, site: Site, target: SiteTarget): readonly string[] {
  // The folder of the project shuts in what is below it.
  const [home] = gatesOf(place, site, target).filter(folder => dirname(folder) !== join(place.home, '..', '..'))
  const entry = home === undefined ? undefined : lstatSync(home, { throwIfNoEntry: false })
  return home !== undefined && entry && (entry.mode & 0o001) !== 0 ? [home] : []
}

/** Those that are ours, down to the first that is not: what is below that one is in another's hands. */
function ours(folders: readonly string[]): readonly (readonly [string, Stats])[] {
  const found: (readonly [string, Stats])[] = []
  const foreign: string[] = []
  for (const folder of folders) {
    if (foreign.some(one => folder.startsWith(`${one}/`))) continue
    const entry = lstatSync(folder, { throwIfNoEntry: false })
    if (!entry?.isDirectory()) continue
    if (entry.uid !== process.getuid?.()) foreign.push(folder)
    found.push([folder, entry])
  }
  return found
}

const isRelease = (folder: string) => dirname(folder).endsWith('/archives/deployed')
const siblings = (folder: string) =>
  readdirSync(dirname(folder), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(dirname(folder), entry.name))

/** What setfacl says when it cannot. */
async function change(
  { shell }: Passage,
  words: readonly string[],
  folders: readonly string[],
): Promise<string | null> {
  if (!hasProgram('setfacl')) return 'setfacl is not installed (apt-get install acl)'
  const argv = [program('setfacl'), ...words, '--', ...folders] as const
  if (await endedWell([...argv])) return null
  const ended = await shell.run({ argv, timeoutSeconds: 30 })
  return ended.status === 0
    ? null
    : textOf(ended.stderr).trim() || (ended.spawnError ?? `setfacl ended with ${ended.status}`)
}
