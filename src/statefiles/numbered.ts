/** State files of a project that belong to no procedure. */
import { procedureNames } from '../kernel/procedure-names.ts'
import { namesOfStates } from '../project/has-work.ts'

/** Without their ending, in plain string order: `0004_a < 0010_b < 0_1 < 100_c`. */
export function numberedFiles(salt: string): string[] {
  const taken = new Set<string>([...procedureNames, 'top', 'standalone', 'deploy', 'init'])
  return namesOfStates(salt)
    .filter(name => name.endsWith('.sls'))
    .map(name => name.slice(0, -'.sls'.length))
    .filter(name => !taken.has(name) && !name.startsWith('task_'))
    .sort()
}
