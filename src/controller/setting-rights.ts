/** What it takes to save the settings that are asked for: whoever may configure a project is not root by that. */
import { fromPlain } from '../configuration/json.ts'
import { putSetting, settingsLayer } from '../configuration/setting.ts'
import type { Takes } from '../configuration/settings/declaration.ts'
import { Dict } from '../salt/python/dict.ts'
import { mergeOf, type Operation, operationsOf } from './configuration-patch.ts'
import type { Further } from './request.ts'
import type { ParamShape, ParamsShape } from './told.ts'

/** A right, and the setting that takes it. */
export interface Needed {
  readonly right: Further
  readonly setting: string
}

const rightOf = {
  configure: 'configure',
  'push-pillar': 'push-pillar',
  administrator: 'admin on machine',
} as const satisfies Readonly<Record<Takes, Further>>

/** Of every param that is declared to be settings. What cannot be read is refused where it is read for good. Throws SETTING_INVALID, USAGE. */
export async function neededForSettings(
  { properties }: ParamsShape,
  given: Readonly<Record<string, unknown>>,
): Promise<readonly Needed[]> {
  const [{ takenBy, takenToUnset }, { settingValue }] = await Promise.all([
    import('../configuration/rights.ts'),
    import('../configuration/setting-value.ts'),
  ])
  const ofLayer = (layer: Dict): Needed[] =>
    takenBy(layer).map(([setting, takes]) => ({ right: rightOf[takes], setting }))
  const toUnset = (setting: string): Needed => ({ right: rightOf[takenToUnset(setting)], setting })
  const readers: Readonly<Record<NonNullable<ParamShape['settings']>, (value: unknown) => readonly Needed[]>> = {
    values: value => textsOf(value).flatMap(text => ofLayer(settingsLayer([text], settingValue))),
    keys: value => textsOf(value).map(text => toUnset(text.split('.')[0] ?? '')),
    merge: value =>
      Object.entries(mergeOf(value)).flatMap(([key, one]) =>
        one === null ? [toUnset(key)] : ofLayer(Dict.of({ [key]: fromPlain(JSON.stringify(one)) })),
      ),
    patch: value => operationsOf(value).flatMap(operation => neededFor(operation, ofLayer, toUnset)),
  }
  return Object.entries(properties).flatMap(([name, { settings }]) =>
    settings === undefined || given[name] === undefined ? [] : readers[settings](given[name]),
  )
}

/** What is moved and copied may be any value: it is the one that takes most. */
function neededFor(
  { op, path, from, value }: Operation,
  ofLayer: (layer: Dict) => readonly Needed[],
  toUnset: (setting: string) => Needed,
): readonly Needed[] {
  const [top = ''] = path
  if (op === 'test') return []
  if (op === 'remove') return path.length === 1 ? [toUnset(top)] : ofLayer(layerOf(path, null))
  const moved = op === 'move' && from !== undefined ? neededFor({ op: 'remove', path: from }, ofLayer, toUnset) : []
  const isKnown = op === 'add' || op === 'replace'
  return [...moved, ...ofLayer(isKnown ? layerOf(path, value) : layerOf([top, 'value'], null))]
}

/** The value where the path leads: what is in a list is below its number. */
function layerOf(path: readonly string[], value: unknown): Dict {
  const layer = new Dict()
  putSetting(layer, path, fromPlain(JSON.stringify(value)))
  return layer
}

/** As readParams reads them. */
const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter(one => typeof one === 'string')
