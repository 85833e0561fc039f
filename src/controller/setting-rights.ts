/** What it takes to save the settings that are asked for: whoever may configure a project is not root by that. */
import { settingsLayer } from '../configuration/setting.ts'
import type { Takes } from '../configuration/settings/declaration.ts'
import type { Further } from './request.ts'
import type { ParamsShape } from './told.ts'

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

/** Of every param that is declared to be settings. What cannot be read is refused where it is read for good. Throws SETTING_INVALID. */
export async function neededForSettings(
  { properties }: ParamsShape,
  given: Readonly<Record<string, unknown>>,
): Promise<readonly Needed[]> {
  const [{ takenBy, takenToUnset }, { settingValue }] = await Promise.all([
    import('../configuration/rights.ts'),
    import('../configuration/setting-value.ts'),
  ])
  const needed: Needed[] = []
  for (const [name, { settings }] of Object.entries(properties)) {
    if (settings === undefined || given[name] === undefined) continue
    for (const text of textsOf(given[name])) {
      if (settings === 'keys') {
        const key = text.split('.')[0] ?? ''
        needed.push({ right: rightOf[takenToUnset(key)], setting: key })
      } else
        for (const [setting, takes] of takenBy(settingsLayer([text], settingValue)))
          needed.push({ right: rightOf[takes], setting })
    }
  }
  return needed
}

/** As readParams reads them. */
const textsOf = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter(one => typeof one === 'string')
