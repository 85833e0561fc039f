/** What an engine builds an image from: the tree as a tar archive, without what .dockerignore names. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere } from '../kernel/files.ts'
import { type Shell, textOf } from '../shell/shell.ts'
import { ignoreRules } from './ignore.ts'

/** Even where they are ignored: the engine reads them. */
const always = new Set(['Dockerfile', '.dockerignore'])

/** Writes the archive into `file`. */
export async function writeContext(shell: Shell, tree: string, file: string): Promise<void> {
  const names = contextFiles(tree)
  const ended = await shell.run({
    argv: ['tar', '--create', `--file=${file}`, `--directory=${tree}`, '--no-recursion', '--null', '--files-from=-'],
    input: names.map(name => `./${name}\0`).join(''),
  })
  if (ended.status !== 0)
    throw new CorpusError('IMAGE_FAILED', 'The files for the image could not be packed.', {
      detail: textOf(ended.stderr),
    })
}

/** Files, links and folders below the tree, folders before what is in them. */
export function contextFiles(tree: string): readonly string[] {
  const { ignores, hasExceptions } = ignoreRules(textIfThere(join(tree, '.dockerignore')) ?? '')
  const found: string[] = []
  const look = (folder: string): void => {
    for (const entry of readdirSync(join(tree, folder), { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      const isIgnored = !always.has(path) && ignores(path)
      if (!isIgnored) found.push(path)
      // Something below an ignored folder may be excepted.
      if (entry.isDirectory() && (!isIgnored || hasExceptions)) look(path)
    }
  }
  look('')
  return found
}
