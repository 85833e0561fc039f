/** Processes that somebody scaled to 0: that they do not run, and nothing answers for them, is as it was asked for. */

import { readSaved } from '../configuration/saved.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { Dict } from '../salt/python/dict.ts'

/** Their names, as the configuration says it now. */
export function scaledToZero(layout: ProjectLayout): ReadonlySet<string> {
  const scale = savedScale(layout)
  return new Set([...scale].flatMap(([name, count]) => (Number(count) === 0 ? [String(name)] : [])))
}

function savedScale(layout: ProjectLayout): Dict {
  try {
    const { snapshot } = readSaved(layout.savedConfiguration)
    const scale = snapshot && settingOf(snapshot, 'scale')
    return scale instanceof Dict ? scale : new Dict()
  } catch (error) {
    // That it is damaged, `doctor` says.
    if (error instanceof CorpusError) return new Dict()
    throw error
  }
}
