/** The configuration of a project: reading it, and what set_configuration saves. */
import { rmSync } from 'node:fs'
import { readSaved, withoutSetting, withSettings, withSnapshot, writeSaved } from '../configuration/saved.ts'
import { redact } from '../configuration/secrets.ts'
import { settingAt, settingsLayer } from '../configuration/setting.ts'
import { likelyKey } from '../configuration/validate.ts'
import { checkGates } from '../deployment/gates.ts'
import { CorpusError } from '../kernel/errors.ts'
import { textIfThere, writeWhole } from '../kernel/files.ts'
import { shown } from '../kernel/names.ts'
import { meant } from '../kernel/nearest.ts'
import { loadConfiguration } from '../project/configuration.ts'
import { writeHookSettings } from '../project/hook-settings.ts'
import { treeInUse } from '../project/tree.ts'
import type { Dict } from '../salt/python/dict.ts'
import { plain } from '../salt/python/plain.ts'
import { type Context, openProject } from './context.ts'
import { installersOf } from './installed.ts'
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

/** What became of one key. */
export interface ChangedSetting {
  readonly key: string
  /** As `corpus config get` shows them; undefined where there is none. */
  readonly before: unknown
  readonly after: unknown
}

/** Saves settings; a configuration that would not be valid is refused and nothing is saved. */
export async function setConfiguration(
  context: Context,
  name: string,
  settings: readonly string[],
  unset: readonly string[] = [],
): Promise<ChangedSetting[]> {
  refuseSlips(settings)
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
    const readBefore = (await loadConfiguration(layout, treeInUse(layout), installersOf(context)).catch(() => null))
      ?.cfg
    writeSaved(layout.savedConfiguration, saved)
    const { cfg } = await loadConfiguration(layout, treeInUse(layout), installersOf(context))
    await checkGates(cfg)
    writeSaved(layout.savedConfiguration, withSnapshot(saved, cfg, saved.release))
    writeHookSettings(layout, cfg)
    // How it runs may be another question now.
    rmSync(layout.checked, { force: true })
    const value = (of: Dict | undefined, key: string) => {
      const found = of && settingAt(redact(of) as Dict, key)
      return found === undefined ? undefined : plain(found)
    }
    const keys = [...settings.map(setting => setting.slice(0, setting.indexOf('='))), ...unset]
    return keys.map(key => ({ key, before: value(readBefore, key), after: value(cfg, key) }))
  } catch (error) {
    if (before === undefined) rmSync(layout.savedConfiguration, { force: true })
    else writeWhole(layout.savedConfiguration, before, { mode: 0o600 })
    throw error
  } finally {
    lock.release()
  }
}

/** Throws SETTING_UNKNOWN for a key of a project's own that is nearly one of corpus: it would do nothing, and say nothing. */
export function refuseSlips(settings: readonly string[]): void {
  for (const setting of settings) {
    const [key = ''] = setting.split(/[.=]/)
    const likely = likelyKey(key)
    if (likely === undefined) continue
    throw new CorpusError('SETTING_UNKNOWN', `corpus has no setting ${shown(key)}. Did you mean ${likely}?`, {
      detail: `A setting of your own with such a name belongs below data: data.${setting}`,
    })
  }
}
