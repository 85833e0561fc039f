/** What `.salt` of a pushed tree must be, before anything is read from it or written into it. */
import { lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { linkLeadingOut } from './links-out.ts'

/**
 * A folder of the tree: through a link, root would write the missing procedure files to wherever it points. State files in it
 * are files, of its own or elsewhere, but not where an account may write. Throws STATES_INVALID.
 */
export function refuseOddSalt(salt: string): void {
  const entry = lstatSync(salt, { throwIfNoEntry: false })
  if (entry === undefined) return
  if (!entry.isDirectory()) throw noFolder(entry.isSymbolicLink())
  const folder = readdirSync(salt).find(name => name.endsWith('.sls') && lstatSync(join(salt, name)).isDirectory())
  if (folder !== undefined) throw invalid(`.salt/${folder} is a folder, and must be a file`)
  const link = linkLeadingOut(dirname(salt), basename(salt))
  if (link !== null) throw invalid(link)
}

/** The same of what a commit has in its place, by git's mode. */
export function refuseOddEntry(mode: string): void {
  if (mode !== '40000' && mode !== '160000') throw noFolder(mode === '120000')
}

const noFolder = (isLink: boolean): CorpusError =>
  invalid(`.salt is a ${isLink ? 'link' : 'file'}, and must be a folder of the project`)

const invalid = (what: string): CorpusError => new CorpusError('STATES_INVALID', `${what}.`)
