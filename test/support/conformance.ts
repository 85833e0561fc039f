/** The conformance cases that are kept beside the repository, and those that are known to differ. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { home } from './world.ts'

/** `CORPUS_CONFORMANCE` names another folder. */
export const conformanceFolder = resolve(home, process.env['CORPUS_CONFORMANCE'] ?? join('..', 'shared', 'conformance'))
export const conformanceIsThere = existsSync(join(conformanceFolder, 'run-case'))

/** Case to the reason why its comments, results or files are not those of Salt; docs/states.md lists them too. */
export const knownDifferences: Readonly<Record<string, string>> = {}
