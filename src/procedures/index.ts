/** THE list: every procedure, in the order in which a deployment runs them. */

import type { ProcedureName } from '../kernel/procedure-names.ts'
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
] as const

/** The compiler compares this list with the names: a name without a procedure, or the reverse, does not compile. */
type Listed = (typeof procedures)[number]['name']
/** @public */
export const complete: [ProcedureName, Listed] extends [Listed, ProcedureName] ? true : never = true
