/** The state files of a folder as text, and whether they say anything: the engine is loaded only for those that do. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { entryIfThere } from '../kernel/files.ts'
import { knownText } from '../kernel/known-texts.ts'
import { folderFiles } from '../kernel/tree-files.ts'

/** Whether a state file says anything at all: comments and blank lines do not. */
export function hasWork(text: string): boolean {
  return /^[ \t]*[^\s#]/m.test(text)
}

/** Whether a file of a folder says anything, named without its ending. */
export const hasWorkIn = (folder: string, sls: string): boolean => hasWork(textOfState(folder, sls) ?? '')

/** The text of one, named without its ending; of a folder that is somebody else's, without following a link in it. */
export function textOfState(folder: string, sls: string): string | undefined {
  const name = `${sls}.sls`
  return isOursAlone(folder) ? knownText(join(folder, name)) : folderFiles(folder).text(name)
}

/** The names in a folder of state files, or in one below it. */
export function namesOfStates(folder: string, below?: string): readonly string[] {
  const at = below === undefined ? folder : join(folder, below)
  if (!isOursAlone(folder)) return folderFiles(folder).names(below)
  return existsSync(at) ? readdirSync(at) : []
}

/** Whether a folder is of who runs this: no other account writes there. */
export const isOursAlone = (folder: string): boolean => entryIfThere(folder)?.uid === process.geteuid?.()
