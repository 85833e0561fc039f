/** Host names: read or refused, and to whom they belong. */
import { readdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import { CorpusError } from '../kernel/errors.ts'
import { type ProjectName, projectName, shown } from '../kernel/names.ts'
import type { IngressPlace } from './place.ts'

declare const brand: unique symbol
/** Lower case, ASCII (punycode), no trailing dot; `*.` in front stands for all names below. */
export type HostName = string & { readonly [brand]: 'host' }

export function hostName(text: string): HostName {
  const wildcard = text.startsWith('*.')
  const ascii = domainToASCII((wildcard ? text.slice(2) : text).replace(/\.$/, ''))
  const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/
  const good =
    ascii !== '' &&
    ascii.length <= 253 &&
    !/[^A-Za-z0-9._\-\u0080-\uffff*]/.test(text) &&
    ascii.split('.').every(one => label.test(one))
  if (!good || (wildcard && isIP(ascii) !== 0))
    throw new CorpusError('SITE_INVALID', `${shown(text)} is not a host name.`)
  return (wildcard ? `*.${ascii}` : ascii) as HostName
}

/** The name that a project answers to when it declares none: loopback on every machine, and in every browser. */
export function localHost(project: ProjectName): HostName {
  return hostName(`${project.replaceAll('_', '-').replace(/-+$/, '')}.localhost`)
}

/** A certificate authority of the world would certify it: it has a dot and no top level that is kept for private use. */
export function isPublic(host: HostName): boolean {
  const top = host.slice(host.lastIndexOf('.') + 1)
  const kept = [
    'localhost',
    'local',
    'test',
    'example',
    'invalid',
    'internal',
    'lan',
    'home',
    'corp',
    'intranet',
    'onion',
  ]
  return host.includes('.') && isIP(host) === 0 && !kept.includes(top) && !host.endsWith('.home.arpa')
}

/** Throws HOST_TAKEN when another project has one of the names, or a wildcard that covers it. */
export function checkHosts(place: IngressPlace, project: ProjectName, hosts: readonly HostName[]): void {
  for (const [owner, names] of hostOwners(place)) {
    if (owner === project) continue
    for (const host of hosts) {
      const theirs = names.find(name => covers(name, host) || covers(host, name))
      if (theirs !== undefined)
        throw new CorpusError('HOST_TAKEN', `The host name ${host} belongs to the project ${owner} (${theirs}).`)
    }
  }
}

/** The host names of every project that has a site. */
function hostOwners(place: IngressPlace): ReadonlyMap<ProjectName, readonly HostName[]> {
  const owners = new Map<ProjectName, readonly HostName[]>()
  for (const file of filesOf(place.sites)) {
    if (!file.endsWith('.json')) continue
    try {
      const record = JSON.parse(readFileSync(join(place.sites, file), 'utf8')) as { readonly hosts: readonly string[] }
      owners.set(projectName(file.slice(0, -'.json'.length)), record.hosts.map(hostName))
    } catch {
      // a record that cannot be read claims nothing
    }
  }
  return owners
}

function covers(wide: HostName, narrow: HostName): boolean {
  return wide === narrow || (wide.startsWith('*.') && narrow.endsWith(wide.slice(1)))
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
