/** Settings as a file has them: one by one, each at its path, so that what a file does not name stays as it is. */
import { readBuildLimits } from '../../configuration/build-limits.ts'
import { toJson } from '../../configuration/json.ts'
import { merged } from '../../configuration/merge.ts'
import type { Reader } from '../../configuration/placed-yaml.ts'
import { isSecretKey, redact } from '../../configuration/secrets.ts'
import { isSettingName, settings } from '../../configuration/settings/index.ts'
import { described, likelyKey } from '../../configuration/validate.ts'
import { shown } from '../../kernel/names.ts'
import { Dict } from '../../salt/python/dict.ts'
import { Float } from '../../salt/python/float.ts'
import { plain } from '../../salt/python/plain.ts'
import type { Value } from '../../salt/python/value.ts'

export interface Leaf {
  /** `data.db.host` is `['data', 'db', 'host']`. */
  readonly path: readonly string[]
  readonly value: Value
}

/** What stands beside `settings` of a project, since everybody looks for it. */
export const named = ['mode', 'installer', 'domains', 'scale'] as const

/** A mapping whose keys are texts is what is in it; an empty one is itself. */
export function leavesOf(value: Dict, path: readonly string[] = []): Leaf[] {
  return [...value].flatMap(([key, inner]) => {
    const below = [...path, String(key)]
    const isOfTexts = inner instanceof Dict && inner.size > 0 && [...inner.keys()].every(one => typeof one === 'string')
    return isOfTexts ? leavesOf(inner, below) : [{ path: below, value: inner }]
  })
}

export const pathText = (path: readonly string[]): string => path.join('.')

/** A leaf alone, as a layer. */
export function layerOf({ path, value }: Leaf): Dict {
  const [first = '', ...rest] = path
  return new Dict().set(first, rest.length === 0 ? value : layerOf({ path: rest, value }))
}

/** `now`: what is saved. Whether it says the same already. */
export function isSaid(now: Dict, leaf: Leaf): boolean {
  const there = valueAt(now, leaf.path)
  if (there === undefined) return false
  if (leaf.value instanceof Dict && there instanceof Dict) return same(merged(there, leaf.value), there)
  return same(there, leaf.value)
}

export function valueAt(saved: Dict, path: readonly string[]): Value | undefined {
  let value: Value | undefined = saved
  for (const key of path) value = value instanceof Dict ? value.get(key) : undefined
  return value
}

const same = (one: Value, other: Value): boolean => JSON.stringify(toJson(one)) === JSON.stringify(toJson(other))

/** It is secret by its name or has a password in it: it is in no file that corpus writes. */
export const isSecret = ({ path, value }: Leaf): boolean =>
  (path.some(isSecretKey) && value !== null && typeof value !== 'boolean' && value !== '') ||
  !same(redact(value), value)

/** Whether YAML of everybody has words for it. */
export function canBeWritten(value: Value): boolean {
  if (Array.isArray(value)) return value.every(canBeWritten)
  if (value instanceof Dict)
    return [...value].every(([key, inner]) => !(typeof key === 'object' && key !== null) && canBeWritten(inner))
  return typeof value !== 'object' || value === null || value instanceof Float
}

/** As changes show it. */
export const toldOf = (leaf: Leaf): unknown => (isSecret(leaf) ? '********' : plain(leaf.value))

/** By what is declared of each setting: faults are told at the place of the key. */
export function checkSetting(key: string, value: Value, at: number, fault: Reader['fault']): void {
  checkMarks(Dict.of([[key, value]]), at, fault)
  const likely = key === 'name' ? undefined : likelyKey(key)
  if (key === 'name') fault(at, 'name is fixed')
  else if (likely !== undefined) fault(at, `corpus has no setting ${shown(key)}. Did you mean ${likely}?`)
  const wrong = isSettingName(key) && value !== null ? settings[key].rule(value) : undefined
  if (wrong !== undefined) fault(at, `${key} must be ${wrong}, not ${described(value)}`)
  if (key === 'build') for (const one of readBuildLimits(value).faults) fault(at, one)
}

/** However deep, what adds to what is there would add to it each time. */
function checkMarks(value: Value, at: number, fault: Reader['fault']): void {
  if (!(value instanceof Dict)) return
  for (const [key, inner] of value) {
    if (/-(append|overrides)$/.test(String(key)))
      fault(at, `${shown(String(key))} would add to what is there each time: write what it is to be in the end`)
    checkMarks(inner, at, fault)
  }
}
