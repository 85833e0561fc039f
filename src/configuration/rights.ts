/** Settings that say whose rights something runs with, or what root reaches: who is not root does not say them. */
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import type { Declaration, Takes } from './settings/declaration.ts'
import { isSettingName, settingNames, settings } from './settings/index.ts'

const rights = new Set(['containers', ...settingNames.filter(name => settings[name].isOfRoot)])

/** Of settings that are mappings, what in them is one of these. */
const inside: ReadonlyMap<string, readonly string[]> = new Map([
  ['data_archives', ['account']],
  ['docker', ['engine', 'network']],
])
/** What is laid over the rest later on. */
const tables = new Set(['env_defaults', 'os_defaults'])

/** A layer without them. `unheeded` gets the names of those that were there. */
export function withoutRights(layer: Dict, unheeded: Set<string>): Dict {
  const kept = new Dict()
  for (const [key, value] of layer) {
    const name = bare(key)
    if (rights.has(name)) unheeded.add(name)
    else if (tables.has(name) && value instanceof Dict)
      kept.set(
        key,
        ofEach(value, one => heeded(one, unheeded)),
      )
    else {
      const ofRoot = inside.get(name)
      kept.set(
        key,
        ofRoot === undefined ? value : without(value, ofRoot, word => void unheeded.add(`${name}: ${word}`)),
      )
    }
  }
  return kept
}

const heeded = (value: Value, unheeded: Set<string>): Value =>
  value instanceof Dict ? withoutRights(value, unheeded) : value

function ofEach(values: Dict, change: (value: Value) => Value): Dict {
  return Dict.of([...values].map(([key, value]) => [key, change(value)]))
}

const bare = (key: Value): string => String(key).replace(/(-(append|overrides))+$/, '')

/** At any depth. */
function without(value: Value, names: readonly string[], tell: (name: string) => void): Value {
  if (!(value instanceof Dict)) return value
  const kept = new Dict()
  for (const [key, inner] of value) {
    const name = bare(key)
    if (names.includes(name)) tell(name)
    else kept.set(key, without(inner, names, tell))
  }
  return kept
}

/** What it takes to save each setting of a layer. Of what no declaration knows an installer or a state file may make anything. */
export const takenBy = (layer: Dict): readonly (readonly [name: string, takes: Takes])[] =>
  [...layer].map(([key, value]) => [String(key), takesOf(key, value)])

/** What it takes to take one back: who may say something harmless in its place may let what is below it show. */
export const takenToUnset = (key: string): Takes => {
  const takes = isSettingName(key) ? settings[key].takes : 'administrator'
  return typeof takes === 'string' ? takes : 'configure'
}

function takesOf(key: Value, value: Value): Takes {
  if (!isSettingName(key)) return 'administrator'
  const { takes, list } = settings[key] as Declaration<Value>
  if (typeof takes === 'string') return takes
  return takes(list === 'words' && typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value)
}
