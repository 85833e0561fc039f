/** How an application is reached: its site at nginx, and the address that people are told. */

import { existsSync } from 'node:fs'
import { settingOf } from '../configuration/settings/index.ts'
import type { AcmeSettings } from '../ingress/acme.ts'
import { type Ingress, ingress } from '../ingress/ingress.ts'
import { ownPort } from '../ingress/own-ports.ts'
import { ingressPlace, siteRecord } from '../ingress/place.ts'
import { readSite, type Site } from '../ingress/site.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { applicationPath, topOf } from '../project/application-path.ts'
import { Dict } from '../salt/python/dict.ts'
import { plain } from '../salt/python/plain.ts'
import type { Value } from '../salt/python/value.ts'
import type { Running } from '../services/driver.ts'
import { servicesPlace } from '../services/place.ts'
import { trafficOf } from '../services/traffic.ts'
import { isRoot } from '../shell/account.ts'
import { localShell } from '../shell/local.ts'
import type { Shell } from '../shell/shell.ts'
import { type Deployment, note } from './deployment.ts'

const webPorts = { http: { first: 8080, last: 8179 }, https: { first: 8443, last: 8542 } }
const sitePorts = { first: 18_000, last: 18_999 }

/** Lets traffic reach these processes and this tree. The site of before stays when nginx refuses the new one. */
export async function publishSite(deployment: Deployment, tree: string, running: readonly Running[]): Promise<void> {
  const { layout, cfg } = deployment
  const withPorts = [...new Set(running.filter(one => one.address).map(one => one.process))]
  const domains = names(settingOf(cfg, 'domains')) ? plain(settingOf(cfg, 'domains')) : null
  const read = readSite(layout.name, withPorts, domains, plain(settingOf(cfg, 'ingress')))
  const site: Site = hasDomains(cfg)
    ? read
    : { ...read, loopbackPort: await ownPort(ingressPlace(layout.root), layout.name, sitePorts) }
  const entryPoint = await ingressOf(layout, localShell)
  const target = { tree: topOf(tree, cfg), data: layout.data, ...trafficOf(running) }
  const tell = (sentences: readonly string[]) => {
    for (const text of sentences) note(deployment, text, 'notice')
  }
  const { notices } = await entryPoint.put(
    fromTop(site, cfg),
    target,
    work => void deployment.afterVerdict.push(work),
    // A CA may take minutes, and is no part of what was pushed: the log and the status tell of it.
    work => void deployment.notifications.push(async () => tell(await work())),
  )
  tell(notices)
  deployment.found.url =
    site.loopbackPort === undefined ? entryPoint.url(site) : `http://127.0.0.1:${site.loopbackPort}/`
}

/** Folders are told from the top of the release: nginx looks at every link from there on. */
function fromTop(site: Site, cfg: Dict): Site {
  const path = applicationPath(cfg)
  if (path === '') return site
  const routes = site.routes.map(route =>
    route.to === 'folder' && route.of === undefined
      ? { ...route, folder: route.folder === '' ? path : `${path}/${route.folder}` }
      : route,
  )
  return { ...site, routes }
}

/** The project is not reachable any more. */
export async function removeSite(layout: ProjectLayout, shell: Shell): Promise<void> {
  if (existsSync(siteRecord(ingressPlace(layout.root), layout.name)))
    await (await ingressOf(layout, shell)).remove(layout.name)
}

/** The machine's own nginx for the machine's own root; anywhere else one of our own, on ports of its own. */
export async function ingressOf(layout: Pick<ProjectLayout, 'root'>, shell: Shell): Promise<Ingress> {
  const place = ingressPlace(layout.root)
  const acme = machineAuthority()
  if (layout.root === '/srv' && isRoot()) return ingress({ place, shell, acme, mode: 'system' })
  return ingress({
    place,
    shell,
    acme,
    mode: 'own',
    address: '127.0.0.1',
    httpPort: await ownPort(place, 'http', webPorts.http),
    httpsPort: await ownPort(place, 'https', webPorts.https),
    keep: async argv => {
      const { keepUp } = await import('../services/runit/keeper.ts')
      await keepUp(servicesPlace(layout.root), shell, { name: 'ingress', argv, orphanSignal: 'QUIT' })
    },
  })
}

/** Another CA than Let's Encrypt, for all of a machine: `<root>/corpus/environment` says so. */
function machineAuthority(): AcmeSettings {
  const { CORPUS_ACME_SERVER: server, CORPUS_ACME_MAIL: mail } = process.env
  return { ...(server ? { server } : {}), ...(mail ? { mail } : {}) }
}

/** Under `domains`, or those of `ingress`; an empty list names none. */
function hasDomains(cfg: Dict): boolean {
  const site = settingOf(cfg, 'ingress')
  return names(settingOf(cfg, 'domains')) || (site instanceof Dict && names(site.get('domains')))
}

const names = (domains: Value | undefined): boolean =>
  (Array.isArray(domains) || typeof domains === 'string') && domains.length > 0
