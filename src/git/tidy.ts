/** Packs the objects of a bare repository when there are many. After a push git would do so while the pusher waits (`receive.autogc`). */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { cleanEnvironment } from './git.ts'

/** From so many on git packs them itself, by its own defaults. */
const looseObjects = 6700
const packs = 50

/** May go on while others push and deploy; what it could not do, it does the next time. */
export async function tidyObjects(shell: Shell, gitDir: string): Promise<void> {
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

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
