/** THE list: every procedure, in the order in which a deployment runs them. */

import type { Deployment } from '../deployment/deployment.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { procedureNames } from '../kernel/procedure-names.ts'
import type { Procedure } from '../pipeline/procedure.ts'
import type { Value } from '../salt/python/value.ts'
import { activate } from './activate.ts'
import { archive } from './archive.ts'
import { build } from './build.ts'
import { bundle } from './bundle.ts'
import { configure } from './configure.ts'
import { initialization } from './initialization.ts'
import { install } from './install.ts'
import { notification } from './notification.ts'
import { postInstall } from './post_install.ts'
import { reconfigure } from './reconfigure.ts'
import { releaseSync } from './release-sync.ts'
import { rollback } from './rollback.ts'
import { trigger } from './trigger.ts'
import { upgrade } from './upgrade.ts'

export const procedures = [
  trigger,
  archive,
  initialization,
  releaseSync,
  configure,
  build,
  install,
  reconfigure,
  activate,
  upgrade,
  bundle,
  postInstall,
  rollback,
  notification,
] as const satisfies InOrder<typeof procedureNames>

/** The words of the RFC are known on every floor: where they stand in another order than the list, it does not compile. */
type InOrder<Names extends readonly string[]> = {
  readonly [Place in keyof Names]: Procedure<Deployment> & { readonly name: Names[Place] }
}

/** Which implementation a project's api_version means: one that was made for an older version keeps its list. */
const implementations: ReadonlyMap<number, readonly Procedure<Deployment>[]> = new Map([[2, procedures]])

/** Throws API_VERSION_UNKNOWN. */
export function proceduresOf(apiVersion: Value | undefined): readonly Procedure<Deployment>[] {
  const found = implementations.get(Number(apiVersion))
  if (found) return found
  const known = [...implementations.keys()].join(', ')
  throw new CorpusError('API_VERSION_UNKNOWN', `There is no api_version ${String(apiVersion)}; known: ${known}.`)
}
