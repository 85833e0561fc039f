/** The conformance cases that are kept beside the repository, and those that are known to differ. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { home } from './world.ts'

/** `CORPUS_CONFORMANCE` names another folder. */
export const conformanceFolder = resolve(home, process.env['CORPUS_CONFORMANCE'] ?? join('..', 'shared', 'conformance'))
export const conformanceIsThere = existsSync(join(conformanceFolder, 'run-case'))

/** Case to the reason why its comments, results or files are not those of Salt; docs/states.md lists them too. */
export const knownDifferences: Readonly<Record<string, string>> = {
  '032-jinja-filter-paths-hashes': 'a filter of hashes gives another text',
  '055-modules-misc': 'config.valid_fileproto is not there',
  '081-include-env-mapping': 'an include that names another environment is not refused',
  '099-onfail-with-require': 'onfail beside require runs a state that Salt leaves out',
  '113-guards-and-bool-values': 'an empty list of guards is no error',
  '131-file-managed-encoding-and-follow': 'file.managed on a link to nowhere fails',
  '144-file-line': 'file.line places and counts lines otherwise',
  '151-file-mode-strings': 'a rehearsal does not see a file whose mode alone differs',
  '168-system-user-more': 'user.present does not keep an optional group',
  '170-system-cron': 'cron keeps its lines in another order',
}
