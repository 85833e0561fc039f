/** Whether what is pushed renders: asked before it lands. */
import { join } from 'node:path'
import { resolveConfiguration } from '../configuration/resolve.ts'
import { readSaved } from '../configuration/saved.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { readPillar } from './pillar.ts'

/** Throws PILLAR_INVALID, CONFIGURATION_INVALID. */
export async function checkPillar(layout: ProjectLayout, folder: string, _installers: string): Promise<void> {
  const pillar = await readPillar(join(folder, 'files'), layout.name)
  resolveConfiguration({
    fixed: { name: layout.name, paths: {} },
    pillar,
    saved: readSaved(layout.savedConfiguration).settings,
  })
}

/** Throws STATES_INVALID with every fault: file, line, column, and what to write instead. */
export async function checkSalt(layout: ProjectLayout, folder: string, installers: string): Promise<void> {
  const { checkProjectStates } = await import('./states.ts')
  await checkProjectStates(layout, join(folder, 'files', '.salt'), installers)
}
