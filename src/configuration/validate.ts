/** Whether a configuration is as its settings are declared: all faults at once. Other keys are free. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { nearest } from '../kernel/nearest.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { readBuildLimits } from './build-limits.ts'
import { type Fixed, fixedKeys } from './defaults.ts'
import { isSettingName, settingNames, settings } from './settings/index.ts'

/** The keys that stand at the top of a configuration; any other is a project's own. */
export function isKnownKey(key: Value): boolean {
  return isSettingName(key) || key === 'name'
}

/** The known key that a key of a project's own may be a slip of, or undefined. */
export function likelyKey(key: string): string | undefined {
  if (isKnownKey(key)) return undefined
  const known = settingNames
  const otherCase = known.find(one => one === key.toLowerCase())
  // Of a short word, another letter makes another word; one that is missing, doubled or swapped does not.
  const isSlip = (one: string) => one.length !== key.length || [...one].sort().join('') === [...key].sort().join('')
  return (
    otherCase ?? (key.length < 5 ? nearest(key, known.filter(isSlip), key.length < 3 ? 0 : 1) : nearest(key, known, 2))
  )
}

/** Throws one error whose detail has a line for each fault. */
export function validate(configuration: Dict, fixed: Fixed): void {
  const faults: string[] = []
  for (const [key, expected] of Object.entries(fixedKeys(fixed))) {
    if (configuration.get(key) !== expected) faults.push(`${key} is fixed: ${shown(String(expected))}`)
  }
  for (const [key, { rule }] of Object.entries(settings)) {
    const value = configuration.get(key)
    const wrong = value === undefined ? undefined : rule(value)
    if (wrong !== undefined) faults.push(`${key} must be ${wrong}, not ${described(value as Value)}`)
  }
  faults.push(...readBuildLimits(configuration.get('build') ?? null).faults)
  if (faults.length === 0) return
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  throw new CorpusError('CONFIGURATION_INVALID', `The configuration of ${fixed.name} has ${count}: ${faults[0]}.`, {
    detail: faults.join('\n'),
  })
}

/** A value as a message may show it. */
export function described(value: Value): string {
  if (value === null) return 'empty'
  if (typeof value === 'string') return shown(value)
  if (Array.isArray(value)) return 'a list'
  return value instanceof Dict ? 'a mapping' : typeof value === 'object' ? 'something else' : String(value)
}
