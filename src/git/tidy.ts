/** Packs the objects of a bare repository when there are many, and takes away what pushes left that were cut. After a push git would do so while the pusher waits (`receive.autogc`). */
import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { cleanEnvironment } from './git.ts'

/** From so many on git packs them itself, by its own defaults. */
const looseObjects = 6700
const packs = 50

/** May go on while others push and deploy; what it could not do, it does the next time. */
export async function tidyObjects(shell: Shell, gitDir: string): Promise<void> {
  removeCut(join(gitDir, 'objects'))
  if (!isUntidy(join(gitDir, 'objects'))) return
  const limits = [`gc.auto=${looseObjects}`, `gc.autoPackLimit=${packs}`, 'gc.autoDetach=false']
  const settings = limits.flatMap(setting => ['-c', setting])
  await shell.run({
    argv: [program('nice'), '-n', '19', program('git'), ...settings, 'gc', '--auto', '--quiet'],
    cwd: gitDir,
    env: { ...cleanEnvironment(), GIT_DIR: gitDir },
  })
}

/** As git sees it: one of the 256 folders says how many loose ones there are. */
function isUntidy(objects: string): boolean {
  const isPack = (name: string) => name.endsWith('.pack')
  return (
    entries(join(objects, 'pack')).filter(isPack).length > packs ||
    entries(join(objects, '17')).length > Math.ceil(looseObjects / 256)
  )
}

/** A git that is killed while it receives leaves what it had received; no push takes that long. */
const cutMilliseconds = 24 * 3600 * 1000

function removeCut(objects: string): void {
  for (const name of entries(objects)) {
    if (!name.startsWith('tmp_objdir-')) continue
    const folder = join(objects, name)
    const found = lstatSync(folder, { throwIfNoEntry: false })
    if (found?.isDirectory() && found.mtimeMs < Date.now() - cutMilliseconds)
      rmSync(folder, { recursive: true, force: true })
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
