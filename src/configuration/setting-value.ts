/** The value of a setting as a person types it. Apart from `setting.ts`, since it brings the YAML reader with it. */
import type { Value } from '../salt/python/value.ts'
import { readYaml } from '../salt/yaml/read.ts'
import { readValue } from './setting.ts'

/** `[a, b]`, `{a: 1}` and what is in quotes are YAML; all else is a plain scalar or the text itself, colons and all. */
export function settingValue(text: string): Value {
  if (!/^\s*[[{"']/.test(text)) return readValue(text)
  try {
    return readYaml({ path: 'VALUE', text })
  } catch {
    return text
  }
}
