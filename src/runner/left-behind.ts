/** The deployment that a dead runner left. */
import { rmSync } from 'node:fs'
import { jsonIfThere } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { type ReleaseId, releaseId } from '../kernel/names.ts'

/** Null where there is none. Only who holds the lock may ask. */
export function leftBehind(layout: ProjectLayout): ReleaseId | null {
  try {
    const running = jsonIfThere<{ release: string }>(layout.running)
    return running ? releaseId(running.release) : null
  } catch {
    rmSync(layout.running, { force: true })
    return null
  }
}
