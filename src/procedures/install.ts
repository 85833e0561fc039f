/** install: the project's own state files, those that are named like no procedure. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { textIfThere } from '../kernel/files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { type Deployment, workedOn } from './deployment.ts'
import { procedureNames } from './names.ts'
import { hasWork, runStateFile } from './state-file.ts'

export const install = defineProcedure({
  name: 'install',
  does: 'Runs the numbered state files of .salt in plain order of their names; the first that fails ends it.',
  async run(deployment: Deployment) {
    const salt = join(workedOn(deployment), '.salt')
    for (const name of numberedFiles(salt)) {
      if (hasWork(textIfThere(join(salt, `${name}.sls`)) ?? '')) await runStateFile(deployment, salt, name)
    }
  },
})

/** State files of a folder, without their ending, that belong to no procedure, in plain string order. */
export function numberedFiles(salt: string): string[] {
  if (!existsSync(salt)) return []
  const taken = new Set<string>([...procedureNames, 'top', 'standalone', 'deploy', 'init', 'downgrade'])
  return readdirSync(salt)
    .filter(name => name.endsWith('.sls'))
    .map(name => name.slice(0, -'.sls'.length))
    .filter(name => !taken.has(name) && !name.startsWith('task_'))
    .sort()
}
