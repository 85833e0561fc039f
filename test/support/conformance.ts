/** The conformance cases that are kept beside the repository, and those that are known to differ. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { home } from './world.ts'

/** `CORPUS_CONFORMANCE` names another folder. */
export const conformanceFolder = resolve(home, process.env['CORPUS_CONFORMANCE'] ?? join('..', 'shared', 'conformance'))
export const conformanceIsThere = existsSync(join(conformanceFolder, 'run-case'))

/** Case to the reason why its comments, results or files are not those of Salt; docs/states.md lists them too. */
export const knownDifferences: Readonly<Record<string, string>> = {
  '188-error-state-exceptions':
    'a mode that is no number (`0abc`): the file is made before the mode is refused in Salt, here the digits are read',
}
