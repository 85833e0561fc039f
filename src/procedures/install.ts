/** install: the project's own state files, those that are named like no procedure. */
import { defineProcedure } from '../pipeline/procedure.ts'
import type { Deployment } from './deployment.ts'
import { numberedFiles } from './numbered-files.ts'
import { saltFolderOf } from './release-salt.ts'
import { hasWorkIn, runStateFile } from './state-file.ts'

export const install = defineProcedure({
  name: 'install',
  does: 'Runs the numbered state files of .salt in plain order of their names; the first that fails ends it.',
  async run(deployment: Deployment) {
    const salt = saltFolderOf(deployment)
    if (salt === null) return
    for (const name of numberedFiles(salt)) if (hasWorkIn(salt, name)) await runStateFile(deployment, salt, name)
  },
})
