/** cooking: for staging. Builds what production runs, and tries it as production would. */

import type { ProcedureName } from '../kernel/procedure-names.ts'
import { type ModeTable, run, skip } from '../pipeline/mode.ts'

export const cooking: ModeTable<ProcedureName> = {
  trigger: run,
  archive: run,
  initialization: run,
  'release-sync': skip('this is where releases are made'),
  configure: run,
  build: run,
  install: run,
  reconfigure: run,
  activate: run,
  upgrade: run,
  bundle: run,
  post_install: run,
  rollback: run,
  notification: run,
}
