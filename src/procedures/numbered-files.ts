/** State files of a project that belong to no procedure. */
import { existsSync, readdirSync } from 'node:fs'
import { procedureNames } from './names.ts'

/** Without their ending, in plain string order: `0004_a < 0010_b < 0_1 < 100_c`. */
export function numberedFiles(salt: string): string[] {
  if (!existsSync(salt)) return []
  const taken = new Set<string>([...procedureNames, 'top', 'standalone', 'deploy', 'init'])
  return readdirSync(salt)
    .filter(name => name.endsWith('.sls'))
    .map(name => name.slice(0, -'.sls'.length))
    .filter(name => !taken.has(name) && !name.startsWith('task_'))
    .sort()
}
