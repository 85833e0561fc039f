/** A copy of a developer's state files that nobody else writes to: what root runs where root said `states_as=root`. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesBelow, entryBelow, inFolder, namesBelow, type OpenFolder } from '../kernel/beneath.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'

export interface SaltCopy {
  readonly salt: string
  remove(): void
}

/** Files and folders alone: a link could lead to anything that root can read. Throws STATES_INVALID. */
export function copyOfSalt(layout: ProjectLayout): SaltCopy {
  mkdirSync(join(layout.own, 'salt'), { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(layout.own, 'salt', 'editable-'))
  const salt = join(folder, '.salt')
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    mkdirSync(salt)
    inFolder(layout.editableTree, tree => {
      if (entryBelow(tree, '.salt') !== undefined) copyBelow(tree, '.salt', folder)
    })
    return { salt, remove }
  } catch (error) {
    remove()
    throw error
  }
}

function copyBelow(tree: OpenFolder, name: string, to: string): void {
  const entry = entryBelow(tree, name)
  if (entry?.isDirectory()) {
    mkdirSync(join(to, name), { recursive: true })
    for (const inside of namesBelow(tree, name)) copyBelow(tree, `${name}/${inside}`, to)
    return
  }
  const bytes = entry?.isFile() ? bytesBelow(tree, name) : undefined
  if (bytes === undefined)
    throw new CorpusError(
      'STATES_INVALID',
      `${name} is no file of the developer's: root runs no state files through links.`,
    )
  writeFileSync(join(to, name), bytes, { mode: entry && entry.mode & 0o100 ? 0o755 : 0o644 })
}
