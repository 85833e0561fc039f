/** What `.salt` of a pushed tree must be, before anything is read from it or written into it. */
import { lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { kindAt } from '../kernel/files.ts'
import { linkLeadingOut } from './links-out.ts'

/**
 * A folder of the tree: through a link, root would write the missing procedure files to wherever it points. State files in it
 * are files, of its own or elsewhere, but not where an account may write. Throws STATES_INVALID.
 */
export function refuseOddSalt(salt: string): void {
  const entry = lstatSync(salt, { throwIfNoEntry: false })
  if (entry === undefined) return
  if (!entry.isDirectory()) throw noFolder(entry.isSymbolicLink())
  const link = linkLeadingOut(dirname(salt), basename(salt))
  if (link !== null) throw invalid(link)
  for (const name of readdirSync(salt)) refuseOddState(salt, name)
  const upgrades = lstatSync(join(salt, 'upgrades'), { throwIfNoEntry: false })
  if (upgrades && !upgrades.isDirectory()) throw invalid('.salt/upgrades is no folder, and must be one')
  for (const name of upgrades ? readdirSync(join(salt, 'upgrades')) : []) refuseOddState(salt, join('upgrades', name))
}

function refuseOddState(salt: string, name: string): void {
  if (!/\.sls$|(?:^|\/)PILLAR\.sample$/.test(name)) return
  const kind = kindAt(join(salt, name))
  if (kind === 'folder') throw invalid(`.salt/${name} is a folder, and must be a file`)
  if (kind === 'other') throw invalid(`.salt/${name} leads to no file`)
}

/** Refuses what a commit has as `.salt`, by git's mode, where that is no folder of the project. */
export function refuseOddEntry(mode: string): void {
  if (mode !== '40000' && mode !== '160000') throw noFolder(mode === '120000')
}

const noFolder = (isLink: boolean): CorpusError =>
  invalid(`.salt is a ${isLink ? 'link' : 'file'}, and must be a folder of the project`)

const invalid = (what: string): CorpusError => new CorpusError('STATES_INVALID', `${what}.`)
