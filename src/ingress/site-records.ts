/** What was put last of each project, as it is written down: enough to write its site again. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { type ProjectName, processName, projectName } from '../kernel/names.ts'
import { activeGroup, activeTrees } from './active.ts'
import { writeAtomically } from './files.ts'
import { isPending } from './pending.ts'
import { type IngressPlace, siteRecord } from './place.ts'
import type { Ports } from './render.ts'
import type { Site } from './site.ts'

export interface SiteTarget {
  /** The real folder of the release's tree. */
  readonly tree: string
  /** The folder of the project's data, where the site may serve of it. */
  readonly data?: string
  /** Loopback ports of the processes that take the traffic. */
  readonly ports: Ports
  /** Ports of the processes that will take it after the next switch, where they are known: then nginx need not be told of it. */
  readonly nextPorts?: Ports
}

/** The ports that a site is written for: those of now, and those after the next switch, or the other way round. */
export type Groups = readonly [Ports, Ports]

/** The two groups that the site is written for, when the wanted ports are one of them. */
export function fittingGroups(place: IngressPlace, project: ProjectName, ports: Ports): Groups | null {
  const groups = recordOf(place, project)?.groups ?? null
  return groups && groupOf(groups, ports) !== null ? groups : null
}

export function groupOf(groups: Groups, ports: Ports): 0 | 1 | null {
  const text = portsText(ports)
  if (portsText(groups[0]) === text) return 0
  return portsText(groups[1]) === text ? 1 : null
}

const portsText = (ports: Ports) =>
  JSON.stringify([...ports].map(([process, list]) => [process, [...list].sort((a, b) => a - b)]).sort())

interface SiteRecord {
  readonly hosts: readonly string[]
  readonly site: Omit<Site, 'users'> & { readonly hasUsers: boolean }
  readonly tree: string
  readonly data?: string
  readonly ports: WrittenPorts
  /** Of the text that nginx has: tells where to look which group is active. */
  readonly digest: string
  readonly groups: readonly [WrittenPorts, WrittenPorts]
}

type WrittenPorts = Readonly<Record<string, readonly number[]>>

export function writeRecord(place: IngressPlace, site: Site, target: SiteTarget, groups: Groups, digest: string): void {
  const { users, ...rest } = site
  const record: SiteRecord = {
    hosts: [...site.hosts, ...redirectHosts(site)],
    site: { ...rest, hasUsers: users !== null },
    tree: target.tree,
    ...(target.data === undefined ? {} : { data: target.data }),
    ports: Object.fromEntries(target.ports),
    digest,
    groups: [Object.fromEntries(groups[0]), Object.fromEntries(groups[1])],
  }
  mkdirSync(place.sites, { recursive: true, mode: 0o700 })
  writeAtomically(siteRecord(place, site.project), `${JSON.stringify(record)}\n`)
}

export interface PutBefore {
  readonly site: Site
  readonly target: SiteTarget
  readonly groups: Groups
  readonly digest: string
}

/** What was put last, of all projects. */
export function records(place: IngressPlace): readonly PutBefore[] {
  if (!existsSync(place.sites)) return []
  return readdirSync(place.sites)
    .filter(name => name.endsWith('.json'))
    .flatMap(name => recordOf(place, name.slice(0, -'.json'.length) as ProjectName) ?? [])
}

/** What was put last of one project. Passwords are not in it: their file is there already. */
export function recordOf(place: IngressPlace, project: ProjectName): PutBefore | null {
  try {
    const record = JSON.parse(readFileSync(siteRecord(place, project), 'utf8')) as SiteRecord
    const { hasUsers, ...rest } = record.site
    const site: Site = { ...rest, project: projectName(rest.project), users: hasUsers ? {} : null }
    const groups: Groups = [portsOf(record.groups[0]), portsOf(record.groups[1])]
    const [ports, other] = [portsOf(record.ports), groups[groupOf(groups, portsOf(record.ports)) === 1 ? 0 : 1]]
    const data = record.data === undefined ? {} : { data: record.data }
    return { site, target: { tree: record.tree, ...data, ports, nextPorts: other }, groups, digest: record.digest }
  } catch {
    return null
  }
}

/** The ports that the project's traffic reaches now; null where it has no site, or where a change was begun and not ended. */
export function servingPorts(place: IngressPlace, project: ProjectName): ReadonlySet<number> | null {
  const before = isPending(place) ? null : recordOf(place, project)
  if (before === null) return null
  const ports = before.groups[activeGroup(place, project, before.digest)]
  return new Set([...ports.values()].flat())
}

/** The trees that nginx may be serving files of. */
export function servedTrees(place: IngressPlace, project: ProjectName): readonly string[] {
  const before = recordOf(place, project)
  if (!before?.site.routes.some(route => route.to === 'folder')) return []
  return [before.target.tree, ...activeTrees(place, project)]
}

function portsOf(written: WrittenPorts): Ports {
  return new Map(Object.entries(written).map(([process, list]) => [processName(process), list]))
}

export const redirectHosts = (site: Site) => site.redirects.flatMap(one => ('host' in one.from ? [one.from.host] : []))
