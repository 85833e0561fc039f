/** install: the project's own state files, those that are named like no procedure. */

import type { Deployment } from '../deployment/deployment.ts'
import { saltFolderOf } from '../deployment/release-salt.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { hasWorkIn } from '../project/has-work.ts'
import { numberedFiles } from '../statefiles/numbered.ts'
import { runStateFile } from '../statefiles/run.ts'

export const install = defineProcedure({
  name: 'install',
  does: 'Runs the numbered state files of .salt in plain order of their names; the first that fails ends it.',
  async run(deployment: Deployment) {
    const salt = saltFolderOf(deployment)
    if (salt === null) return
    for (const name of filesOf(salt)) await runStateFile(deployment, salt, name)
  },
  stateFiles: filesOf,
})

function filesOf(salt: string): string[] {
  return numberedFiles(salt).filter(name => hasWorkIn(salt, name))
}
