/** Whether a project gets a site at nginx: asked on every push, so it loads nothing. */

import { existsSync } from 'node:fs'
import { settingOf } from '../configuration/settings/index.ts'
import { ingressPlace, siteRecord } from '../ingress/place.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import type { Deployment } from './deployment.ts'

const nginx = '/usr/sbin/nginx'

/**
 * A process takes traffic, or `ingress` says which files or addresses answer: names alone publish nothing. `ingress: false` never
 * does. Where there is no nginx, only what asks for a site by name is refused.
 */
export function wantsSite(deployment: Pick<Deployment, 'cfg'>, takesTraffic: boolean): boolean {
  const settings = settingOf(deployment.cfg, 'ingress')
  if (settings === false || !(takesTraffic || saysWhatAnswers(settings))) return false
  const domains = settingOf(deployment.cfg, 'domains')
  const asked = settings instanceof Dict || (Array.isArray(domains) && domains.length > 0)
  if (asked && !existsSync(nginx)) {
    throw new CorpusError('INGRESS_MISSING', 'nginx is not installed, and this project has domains or files to serve.')
  }
  return existsSync(nginx)
}

function saysWhatAnswers(settings: Value | undefined): boolean {
  if (!(settings instanceof Dict)) return false
  const isThere = (value: Value | undefined) => (value instanceof Dict ? value.size > 0 : (value ?? null) !== null)
  return ['static', 'routes', 'redirects'].some(key => isThere(settings.get(key)))
}

export const hasSite = (layout: ProjectLayout): boolean =>
  existsSync(siteRecord(ingressPlace(layout.root), layout.name))
