/** Puts the text of a site in place: not at all where it is the same, tested beforehand, and the old one back when nginx refuses it. */
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectName } from '../kernel/names.ts'
import { activate, removeOldActive } from './active.ts'
import { read, writeAtomically } from './files.ts'
import { blamed, putAside } from './foreign.ts'
import type { Nginx } from './nginx.ts'
import { clearPending, isPending, setPending } from './pending.ts'
import { type IngressPlace, siteFile } from './place.ts'
import { type Certificate, type RenderedSite, renderSite } from './render.ts'
import type { Site } from './site.ts'
import { fittingGroups, type Groups, groupOf, type SiteTarget, writeRecord } from './site-records.ts'

/** True when something changed. From one release to the next the text is mostly the same: then nginx is not even told. */
export async function install(
  place: IngressPlace,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  certificate: Certificate | null,
  prepared: boolean,
  notices: string[],
): Promise<boolean> {
  const isQuiet = nginx.masterPid() !== null && !prepared && !isPending(place)
  const old = read(siteFile(place, site.project))
  const groups = isQuiet ? fittingGroups(place, site.project, target.ports) : null
  if (groups) {
    const same = render(place, nginx, site, target, groups, certificate)
    if (same.text === old) {
      // The record first: killed in between, the next call finds what is wanted and makes it so.
      writeRecord(place, site, target, groups, same.digest)
      return activate(place, site.project, same.digest, target.tree, groupOf(groups, target.ports))
    }
  }
  const fresh: Groups = [target.ports, target.nextPorts ?? new Map()]
  await replace(place, nginx, site, target, fresh, render(place, nginx, site, target, fresh, certificate), old, notices)
  return true
}

/** The new text beside the old one: tested, then put in its place, then nginx is told; the old text comes back when that fails. */
async function replace(
  place: IngressPlace,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  groups: Groups,
  rendered: RenderedSite,
  old: string | null,
  notices: string[],
): Promise<void> {
  const { project } = site
  const fault = await tried(place, nginx, project, rendered.text, notices)
  if (fault !== null)
    throw new CorpusError('INGRESS_FAILED', `nginx does not accept the site of ${project}.`, { detail: fault })
  // The same text can still be the one that nginx serves by: what it looks at says what is served, so it is put last.
  const isSame = rendered.text === old
  if (!isSame) activate(place, project, rendered.digest, target.tree, 0)
  setPending(place)
  writeAtomically(siteFile(place, project), rendered.text)
  try {
    if (nginx.masterPid() !== null) await nginx.reload()
    else {
      await nginx.start()
      notices.push('nginx did not run: it was started with the sites of all projects.')
    }
  } catch (error) {
    if (old === null) rmSync(siteFile(place, project), { force: true })
    else writeAtomically(siteFile(place, project), old)
    if (nginx.masterPid() !== null) await nginx.reload().catch(() => {})
    throw error
  }
  if (isSame) activate(place, project, rendered.digest, target.tree, 0)
  writeRecord(place, site, target, groups, rendered.digest)
  clearPending(place)
  removeOldActive(place, project, rendered.digest)
}

function render(
  place: IngressPlace,
  nginx: Nginx,
  site: Site,
  target: SiteTarget,
  groups: Groups,
  certificate: Certificate | null,
) {
  return renderSite(place, nginx.listening, site, { groups, data: target.data }, certificate)
}

/**
 * Tests the whole configuration with the new text in the place of the old one; what nginx says, or null. What it does not accept
 * without the new text either is another's: that file is put aside, and told.
 */
async function tried(
  place: IngressPlace,
  nginx: Nginx,
  project: ProjectName,
  text: string,
  notices: string[],
): Promise<string | null> {
  const fault = await testedWith(place, nginx, project, text)
  if (fault === null) return null
  const before = await withoutForeign(place, nginx, project, notices)
  return before ? testedWith(place, nginx, project, text) : fault
}

/** Puts aside what nginx does not accept beside a site; true when there was such a file. */
export async function withoutForeign(
  place: IngressPlace,
  nginx: Nginx,
  project: ProjectName | null,
  notices: string[],
): Promise<boolean> {
  let found = false
  for (let most = 20; most > 0; most--) {
    const fault = await testedWith(place, nginx, project, null)
    const name = fault === null ? null : blamed(fault, `${project}.conf`)
    if (fault === null || name === null || !existsSync(join(place.sites, name))) return found
    notices.push(putAside(place, name, fault))
    found = true
  }
  return found
}

/** All sites, with this text for the one of the project; null: without it. */
async function testedWith(
  place: IngressPlace,
  nginx: Nginx,
  project: ProjectName | null,
  text: string | null,
): Promise<string | null> {
  const folder = mkdtempSync(join(place.home, 'candidate-'))
  try {
    for (const name of readdirSync(place.sites))
      if (name.endsWith('.conf') && name !== `${project}.conf`) symlinkSync(join(place.sites, name), join(folder, name))
    if (text !== null) writeFileSync(join(folder, `${project}.conf`), text)
    return await nginx.test(join(folder, '*.conf'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
