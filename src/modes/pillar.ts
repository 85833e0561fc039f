/** What a push of the pillar leaves of a mode: what a new configuration needs. No build and no artifacts. */

import type { ProcedureName } from '../kernel/procedure-names.ts'
import { type ModeTable, run, skip } from '../pipeline/mode.ts'

export const pillar: ModeTable<ProcedureName> = {
  trigger: run,
  archive: run,
  initialization: run,
  'release-sync': skip('only the pillar was pushed'),
  configure: skip('only the pillar was pushed'),
  build: skip('only the pillar was pushed'),
  install: skip('only the pillar was pushed'),
  reconfigure: run,
  activate: run,
  upgrade: run,
  bundle: skip('only the pillar was pushed'),
  post_install: run,
  rollback: run,
  notification: run,
}

/** Before the first push of the project there is nothing to configure yet. */
export const firstPillar: ModeTable<ProcedureName> = {
  ...pillar,
  archive: skip('nothing was deployed yet'),
  reconfigure: skip('nothing was deployed yet'),
  activate: skip('nothing was deployed yet'),
  upgrade: skip('nothing was deployed yet'),
  post_install: skip('nothing was deployed yet'),
}
