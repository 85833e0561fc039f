/** editable: for development. The tree is the developer's own, edited in place. */

import type { ProcedureName } from '../kernel/procedure-names.ts'
import { type ModeTable, run, skip } from '../pipeline/mode.ts'

export const editable: ModeTable<ProcedureName> = {
  trigger: run,
  archive: skip("the developer's own tree is the copy"),
  initialization: run,
  'release-sync': skip('it runs from the working copy'),
  configure: run,
  build: run,
  install: run,
  reconfigure: skip('configure and build wrote the settings'),
  activate: run,
  upgrade: run,
  bundle: skip('releases are made in cooking'),
  post_install: run,
  rollback: skip('nothing is taken from the developer'),
  notification: run,
}
