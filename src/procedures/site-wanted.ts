/** Whether a project gets a site at nginx: asked on every push, so it loads nothing. */
import { existsSync } from 'node:fs'
import { ingressPlace, siteRecord } from '../ingress/place.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { Dict } from '../python/dict.ts'
import type { Deployment } from './deployment.ts'

const nginx = '/usr/sbin/nginx'

/**
 * It names domains or has an `ingress` mapping, or it has processes. `ingress: false` never does. Where there is no nginx,
 * only what asks for a site by name is refused.
 */
export function wantsSite(deployment: Pick<Deployment, 'cfg'>, hasProcesses: boolean): boolean {
  const settings = deployment.cfg.get('ingress')
  if (settings === false) return false
  const domains = deployment.cfg.get('domains')
  const asked = settings instanceof Dict || (Array.isArray(domains) && domains.length > 0)
  if (asked && !existsSync(nginx)) {
    throw new CorpusError('INGRESS_MISSING', 'nginx is not installed, and this project has domains or files to serve.')
  }
  return asked || (hasProcesses && existsSync(nginx))
}

export const hasSite = (layout: ProjectLayout): boolean =>
  existsSync(siteRecord(ingressPlace(layout.root), layout.name))
