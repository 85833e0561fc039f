/** The configuration of a project, from its layers, lowest to highest: what every state file sees as `cfg`. */
import { CorpusError } from '../kernel/errors.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { builtInDefaults, type Fixed } from './defaults.ts'
import { filled } from './fill.ts'
import { copied, merged } from './merge.ts'
import { modeOfNoPlatform, modeOfPlatform, type System, thisSystem } from './platform.ts'
import { putSetting } from './setting.ts'
import { isSettingName, settings } from './settings/index.ts'
import { described, isKnownKey, validate } from './validate.ts'

export interface Layers {
  readonly fixed: Fixed
  /** `defaults` of the installer's installer.yaml. */
  readonly installer?: Dict
  /** The project's `.salt/PILLAR.sample`, rendered; asked for with what is known so far, for it is a template. */
  readonly sample?: (soFar: Dict) => Value
  /** The project's whole pillar, rendered. */
  readonly pillar?: Value
  /** What set_configuration saved. */
  readonly saved?: Dict
  /** Arguments of this call. */
  readonly args?: Dict
  /** Default: this machine. */
  readonly system?: System
}

/**
 * ```
 * built-in < installer < PILLAR.sample < pillar < env_defaults[platform] < os_defaults[family] < saved < arguments
 * ```
 * The result is the caller's own: state files change it, and later ones see that.
 */
export function resolveConfiguration(layers: Layers): Dict {
  const { fixed } = layers
  const inLongForm = (layer = new Dict()) => longForm(layer)
  const ground = merged(merged(new Dict(), builtInDefaults(fixed)), inLongForm(layers.installer))
  const sample = layers.sample ? sampleSection(layers.sample(copied(ground) as Dict), fixed.name) : new Dict()
  const pillar = pillarSection(layers.pillar, fixed.name)
  const below = merged(merged(ground, inLongForm(sample)), inLongForm(pillar))
  const above = [inLongForm(layers.saved), inLongForm(layers.args)]
  const isPlatformSaid = [layers.installer, sample, pillar, ...above].some(layer => layer?.has('default_env'))
  const platform = above.reduce(merged, below).get('default_env')
  const system = layers.system ?? thisSystem()
  let configuration = laid(below, 'env_defaults', platform ?? null)
  for (const name of new Set([system.osFamily, system.os])) configuration = laid(configuration, 'os_defaults', name)
  const whole = filled(above.reduce(merged, configuration))
  validate(whole, fixed)
  return settled(whole, isPlatformSaid)
}

/** `env_defaults: {prod: {…}}` laid over: each key goes to its counterpart, and to `data` where it has none above. */
function laid(configuration: Dict, table: string, name: Value): Dict {
  const choices = configuration.get(table)
  const choice = choices instanceof Dict ? choices.get(name) : undefined
  if (!(choice instanceof Dict)) return configuration
  const top = new Dict()
  const data = new Dict()
  for (const [key, value] of longForm(choice)) {
    const bare = typeof key === 'string' ? key.replace(/-(append|overrides)$/, '') : key
    if (isKnownKey(bare) || configuration.has(bare)) top.set(key, value)
    else data.set(key, value)
  }
  return merged(merged(configuration, Dict.of({ data })), top)
}

/** The section of a pillar that is this project's; keys such as `makina-projects.NAME.data.port` count as well. */
function pillarSection(pillar: Value | undefined, name: string): Dict {
  if (pillar === undefined || pillar === null) return new Dict()
  if (!(pillar instanceof Dict)) throw notMapping(`The pillar of ${name}`, pillar)
  const section = `makina-projects.${name}`
  const found = pillar.get(section) ?? new Dict()
  if (!(found instanceof Dict)) throw notMapping(`${section} in the pillar`, found)
  const result = copied(found) as Dict
  for (const [key, value] of pillar) {
    if (typeof key === 'string' && key.startsWith(`${section}.`))
      putSetting(result, key.slice(section.length + 1).split('.'), copied(value))
  }
  return result
}

/** A sample is written before the project has its name: any `makina-projects.…` section in it counts, or its plain keys. */
function sampleSection(sample: Value, name: string): Dict {
  if (sample === null) return new Dict()
  if (!(sample instanceof Dict)) throw notMapping(`.salt/PILLAR.sample of ${name}`, sample)
  const own = `makina-projects.${name}`
  const sections = [...sample.keys()].filter(key => typeof key === 'string' && /^makina-projects\.[^.]+$/.test(key))
  if (sections.length === 0) return [...sample.keys()].some(isKnownKey) ? sample : new Dict()
  let result = new Dict()
  for (const section of [...sections.filter(key => key !== own), ...sections.filter(key => key === own)]) {
    const value = sample.get(section) ?? new Dict()
    if (!(value instanceof Dict)) throw notMapping(`${String(section)} in .salt/PILLAR.sample`, value)
    result = merged(result, value)
  }
  return result
}

/**
 * The RFC spells one key in two ways, a list of one may be written as its item, and a mapping with nothing in it as
 * nothing at all; inside there is one form.
 */
function longForm(layer: Dict): Dict {
  const result = new Dict()
  for (const [key, value] of layer) {
    const right = typeof key === 'string' ? key.replace(/^release_artifacs_urls/, 'release_artifacts_urls') : key
    const setting = isSettingName(right) ? settings[right] : undefined
    if (value === null && setting?.otherwise instanceof Dict) continue
    result.set(right, typeof value === 'string' ? listed(setting?.list, value) : value)
  }
  return result
}

function listed(list: 'words' | 'whole' | undefined, text: string): Value {
  if (list === undefined) return text
  return list === 'whole' ? [text] : text.split(/[\s,]+/).filter(word => word !== '')
}

/** What follows from the whole: the mode from the platform, where none was chosen. */
function settled(configuration: Dict, isPlatformSaid: boolean): Dict {
  configuration.set('api_version', Number(configuration.get('api_version')))
  const platform = String(configuration.get('default_env'))
  const mode = configuration.get('mode') ?? (isPlatformSaid ? modeOfPlatform(platform) : modeOfNoPlatform)
  return configuration.set('mode', mode)
}

function notMapping(what: string, value: Value): CorpusError {
  return new CorpusError('PILLAR_INVALID', `${what} is not a mapping but ${described(value)}.`)
}

/** The projects that a pillar has sections for: keys such as `makina-projects.NAME` and `makina-projects.NAME.data.port`. */
export function projectsOfPillar(pillar: Value): string[] {
  if (!(pillar instanceof Dict)) return []
  const names = [...pillar.keys()].map(key => /^makina-projects\.([^.]+)/.exec(String(key))?.[1])
  return [...new Set(names.filter(name => name !== undefined))]
}
