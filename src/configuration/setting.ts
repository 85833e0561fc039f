/** One setting as a person types it: `KEY=VALUE`, where KEY may be dotted. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { fromPlain } from './json.ts'

interface Setting {
  /** `data.db.host` is `['data', 'db', 'host']`. */
  readonly path: readonly string[]
  readonly value: Value
}

/** `read` turns the text behind the first `=` into a value. */
function parseSetting(text: string, read: (text: string) => Value = readValue): Setting {
  const at = text.indexOf('=')
  const path = text.slice(0, at).split('.')
  if (at < 1 || path.some(key => !/^[\w@:/-]{1,100}$/.test(key)))
    throw new CorpusError('SETTING_INVALID', `${shown(text)} is not a setting.`)
  return { path, value: read(text.slice(at + 1)) }
}

/** Several settings as one layer; a later one wins. */
export function settingsLayer(texts: readonly string[], read?: (text: string) => Value): Dict {
  const layer = new Dict()
  for (const text of texts) {
    const { path, value } = parseSetting(text, read)
    putSetting(layer, path, value)
  }
  return layer
}

/** Changes `target`: mappings on the way are made where there are none. */
export function putSetting(target: Dict, path: readonly string[], value: Value): void {
  let inside = target
  for (const key of path.slice(0, -1)) {
    const next = inside.get(key)
    const mapping = next instanceof Dict ? next : new Dict()
    if (mapping !== next) inside.set(key, mapping)
    inside = mapping
  }
  inside.set(path[path.length - 1] as string, value)
}

/** The value at a dotted key, or undefined. */
export function settingAt(configuration: Dict, dotted: string): Value | undefined {
  let value: Value | undefined = configuration
  for (const key of dotted.split('.')) value = value instanceof Dict ? value.get(key) : undefined
  return value
}

/** JSON where it is JSON, else the plain scalars of YAML, else the text itself. */
export function readValue(text: string): Value {
  if (/^(true|yes|on)$/i.test(text)) return true
  if (/^(false|no|off)$/i.test(text)) return false
  if (/^(null|~)$/i.test(text)) return null
  if (!/^[[{"]|^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text)) return text
  try {
    return fromPlain(text)
  } catch {
    return text
  }
}
