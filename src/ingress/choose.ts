/** Which nginx serves a machine's projects, and where it listens, when nobody says otherwise. */
import { existsSync } from 'node:fs'
import type { Shell } from '../shell/shell.ts'
import type { IngressSettings } from './ingress.ts'
import { ingressPlace } from './place.ts'

/**
 * Root's corpus in its usual place uses the system's nginx where systemd keeps that up. Everywhere else an nginx of our own is kept
 * up by `keep`: on the usual ports as root, on 8080 and 8443 otherwise.
 */
export function ingressSettings(
  root: string,
  shell: Shell,
  keep: NonNullable<IngressSettings['keep']>,
): IngressSettings {
  const isRoot = process.getuid?.() === 0
  const mode = isRoot && root === '/srv' && existsSync('/run/systemd/system') ? 'system' : 'own'
  const ports = isRoot ? { httpPort: 80, httpsPort: 443 } : { httpPort: 8080, httpsPort: 8443 }
  return { place: ingressPlace(root), shell, mode, ...ports, keep }
}

export function isInstalled(): boolean {
  return existsSync('/usr/sbin/nginx')
}
