/** What going back to a kept release leaves of a mode. */

import type { ProcedureName } from '../kernel/procedure-names.ts'
import { asked, type ModeTable, run, skip } from '../pipeline/mode.ts'

export const rollback: ModeTable<ProcedureName> = {
  trigger: run,
  archive: skip('the release was built before'),
  initialization: skip('the release was built before'),
  'release-sync': skip('the release was built before'),
  configure: skip('the release was built before'),
  build: skip('the release was built before'),
  install: skip('the release was built before'),
  reconfigure: skip('rollback runs it again'),
  activate: skip('rollback runs it again'),
  upgrade: skip('the release was built before'),
  bundle: skip('the release was built before'),
  post_install: skip('rollback runs it again'),
  rollback: asked,
  notification: run,
}
