/** What the hooks must know without starting anything: a few lines beside the repositories. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { settingOf } from '../configuration/settings/index.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { procedureNames } from '../kernel/procedure-names.ts'
import type { Dict } from '../salt/python/dict.ts'
import { deployBranches } from './revision.ts'

export function writeHookSettings(layout: ProjectLayout, cfg: Dict): void {
  const free = settingOf(cfg, 'min_free_megabytes')
  const text = `deploy_branch ${deployBranches(cfg).join(' ')}\nprocedures ${procedureNames.join(' ')}\n${typeof free === 'number' ? `min_free_megabytes ${free}\n` : ''}`
  const path = settingsFile(layout)
  if (textIfThere(path) !== text) writeWhole(path, text)
}

/** The branches whose pushes deploy, as the hooks know them. */
export const branchesToPush = (layout: ProjectLayout): readonly string[] =>
  /^deploy_branch (\S.*)$/m.exec(textIfThere(settingsFile(layout)) ?? '')?.[1]?.split(' ') ?? ['master', 'main']

/** They are written last: what has none of them was begun, and never came to its end. */
export const hasHookSettings = (layout: ProjectLayout): boolean => existsSync(settingsFile(layout))

const settingsFile = (layout: ProjectLayout): string => join(layout.git, 'settings')
