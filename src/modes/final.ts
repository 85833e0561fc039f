/** final: for production. Runs what cooking built. */

import type { ProcedureName } from '../kernel/procedure-names.ts'
import { type ModeTable, run, skip } from '../pipeline/mode.ts'

export const final: ModeTable<ProcedureName> = {
  trigger: run,
  archive: run,
  initialization: run,
  'release-sync': run,
  configure: run,
  build: skip('built once, in cooking'),
  install: run,
  reconfigure: run,
  activate: run,
  upgrade: run,
  bundle: skip('archives come from cooking'),
  post_install: run,
  rollback: run,
  notification: run,
}
