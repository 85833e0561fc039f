/** The configuration of a project: reading it, and what set_configuration saves. */
import { rmSync } from 'node:fs'
import { readSaved, withoutSetting, withSettings, withSnapshot, writeSaved } from '../configuration/saved.ts'
import { redact } from '../configuration/secrets.ts'
import { settingAt, settingsLayer } from '../configuration/setting.ts'
import { likelyKey } from '../configuration/validate.ts'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { loadConfiguration } from '../procedures/configuration.ts'
import { writeHookSettings } from '../procedures/hook-settings.ts'
import { plain } from '../procedures/plain.ts'
import { treeInUse } from '../procedures/project-tree.ts'
import type { Dict } from '../python/dict.ts'
import { type Context, installersOf, openProject } from './context.ts'
import { lockProject } from './lock.ts'

/** The whole configuration, or the value at a dotted key, as plain data; secrets are hidden unless revealed. */
export async function getConfiguration(context: Context, name: string, key?: string, reveal = false): Promise<unknown> {
  const layout = await openProject(context, name)
  const { cfg } = await loadConfiguration(layout, treeInUse(layout), installersOf(context))
  const shownConfiguration = (reveal ? cfg : redact(cfg)) as Dict
  if (key === undefined) return plain(shownConfiguration)
  const value = settingAt(shownConfiguration, key)
  if (value === undefined) {
    throw new CorpusError('SETTING_UNKNOWN', `${shown(key)} is not set.${meant(key, [...cfg.keys()].map(String))}`)
  }
  return plain(value)
}

/** Saves settings; a configuration that would not be valid is refused and nothing is saved. Returns what may be a slip, a sentence each. */
export async function setConfiguration(
  context: Context,
  name: string,
  settings: readonly string[],
  unset: readonly string[] = [],
): Promise<string[]> {
  const layout = await openProject(context, name)
  const lock = lockProject(layout)
  const before = textIfThere(layout.savedConfiguration)
  try {
    const { settingValue } = await import('../configuration/setting-value.ts')
    let saved = withSettings(readSaved(layout.savedConfiguration), settingsLayer(settings, settingValue))
    for (const key of unset) {
      const [without, was] = withoutSetting(saved, key.split('.'))
      if (!was) throw new CorpusError('SETTING_UNKNOWN', `${shown(key)} was not set by \`corpus config set\`.`)
      saved = without
    }
    writeSaved(layout.savedConfiguration, saved)
    const { cfg } = await loadConfiguration(layout, treeInUse(layout), installersOf(context))
    writeSaved(layout.savedConfiguration, withSnapshot(saved, cfg, saved.release))
    writeHookSettings(layout, cfg)
    return settings.flatMap(setting => {
      const [key = ''] = setting.split(/[.=]/)
      const likely = likelyKey(key)
      return likely ? [`${key} is saved as a setting of your own; corpus has ${likely}`] : []
    })
  } catch (error) {
    if (before === undefined) rmSync(layout.savedConfiguration, { force: true })
    else writeWhole(layout.savedConfiguration, before, { mode: 0o600 })
    throw error
  } finally {
    lock.release()
  }
}
