/** The configuration of a project: reading it, and what set_configuration saves. */
import { rmSync } from 'node:fs'
import {
  readSaved,
  type SavedConfiguration,
  withoutSetting,
  withSettings,
  withSnapshot,
  writeSaved,
} from '../configuration/saved.ts'
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
import { Dict } from '../salt/python/dict.ts'
import { plain } from '../salt/python/plain.ts'
import type { SettingChanges } from './configuration-patch.ts'
import { type Changing, type Context, openProject } from './context.ts'
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

/** `KEY=VALUE` each, and keys that are taken back; a configuration that would not be valid is refused and nothing is saved. */
export async function setConfiguration(
  context: Changing,
  name: string,
  settings: readonly string[],
  unset: readonly string[] = [],
): Promise<ChangedSetting[]> {
  refuseSlips(settings)
  const { settingValue } = await import('../configuration/setting-value.ts')
  const set = settingsLayer(settings, settingValue)
  const keys = [...settings.map(setting => setting.slice(0, setting.indexOf('='))), ...unset]
  return changeConfiguration(context, name, async () => ({ set, unset: unset.map(key => key.split('.')), keys }))
}

/** What is merged: what null takes back need not be saved. */
export async function mergeConfiguration(context: Changing, name: string, given: unknown): Promise<ChangedSetting[]> {
  const { changesOfMerge, mergeOf } = await import('./configuration-patch.ts')
  const { set, unset } = changesOfMerge(mergeOf(given))
  refuseSlips([...set.keys()].map(String))
  return changeConfiguration(context, name, async saved => {
    const there = unset.filter(path => withoutSetting(saved, path)[1])
    return { set, unset: there, keys: [...pathsOf(set), ...there.map(path => path.join('.'))] }
  })
}

/** Operations on the configuration as `config get` shows it. Throws PATCH_FAILED; then nothing is saved. */
export async function patchConfiguration(context: Changing, name: string, given: unknown): Promise<ChangedSetting[]> {
  const { changesOfPatch, operationsOf } = await import('./configuration-patch.ts')
  const operations = operationsOf(given)
  return changeConfiguration(context, name, async (_, cfg) => {
    const { set, unset } = await changesOfPatch(operations, plain(redact(cfg)))
    refuseSlips([...set.keys()].map(String))
    return { set, unset, keys: [...pathsOf(set), ...unset.map(path => path.join('.'))] }
  })
}

/** In one write, or none. */
export async function changeConfiguration(
  context: Changing,
  name: string,
  changesFrom: (saved: SavedConfiguration, cfg: Dict) => Promise<SettingChanges & { readonly keys: readonly string[] }>,
): Promise<ChangedSetting[]> {
  const layout = await openProject(context, name)
  const lock = lockProject(layout)
  const before = textIfThere(layout.savedConfiguration)
  try {
    await context.matches?.()
    const was = readSaved(layout.savedConfiguration)
    const readBefore = (await loadConfiguration(layout, treeInUse(layout), installersOf(context)).catch(() => null))
      ?.cfg
    const { set, unset, keys } = await changesFrom(was, readBefore ?? was.settings)
    let saved = withSettings(was, set)
    for (const path of unset) {
      const [without, wasThere] = withoutSetting(saved, path)
      if (!wasThere)
        throw new CorpusError('SETTING_UNKNOWN', `${shown(path.join('.'))} was not set by \`corpus config set\`.`)
      saved = without
    }
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
    return keys.map(key => ({ key, before: value(readBefore, key), after: value(cfg, key) }))
  } catch (error) {
    if (before === undefined) rmSync(layout.savedConfiguration, { force: true })
    else writeWhole(layout.savedConfiguration, before, { mode: 0o600 })
    throw error
  } finally {
    lock.release()
  }
}

/** Dotted: of each value that is no mapping. */
function pathsOf(layer: Dict, before: readonly string[] = []): string[] {
  return [...layer].flatMap(([key, value]) => {
    const path = [...before, String(key)]
    return value instanceof Dict && value.size > 0 ? pathsOf(value, path) : [path.join('.')]
  })
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
