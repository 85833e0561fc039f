/** Changes of a configuration as JSON says them: by merging (RFC 7386) and by operations (RFC 6902). */
import { isDeepStrictEqual } from 'node:util'
import { fromPlain } from '../configuration/json.ts'
import { putSetting } from '../configuration/setting.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'

type Path = readonly string[]

/** What is laid over the saved settings, and what of them is taken back. */
export interface SettingChanges {
  readonly set: Dict
  readonly unset: readonly Path[]
}

export interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  readonly path: Path
  readonly from?: Path
  readonly value?: unknown
}

const mask = '********'

/** A mapping, or the text of one. Throws USAGE. */
export function mergeOf(given: unknown): Readonly<Record<string, unknown>> {
  const value = parsed(given)
  if (!isMapping(value)) throw new CorpusError('USAGE', 'What is merged is a mapping of JSON.')
  refuseOddKeys(value)
  return value
}

/** A list of operations, or the text of one. Throws USAGE. */
export function operationsOf(given: unknown): readonly Operation[] {
  const value = parsed(given)
  if (!Array.isArray(value)) throw new CorpusError('USAGE', 'A patch is a list of operations.')
  return value.map(operationOf)
}

/** Null takes a saved setting back; mappings are merged, all else is replaced. */
export function changesOfMerge(merge: Readonly<Record<string, unknown>>): SettingChanges {
  const set = new Dict()
  const unset: Path[] = []
  const walk = (mapping: Readonly<Record<string, unknown>>, path: Path) => {
    for (const [key, value] of Object.entries(mapping)) {
      const at = [...path, key]
      if (value === null) unset.push(at)
      else if (isMapping(value) && Object.keys(value).length > 0) walk(value, at)
      else putSetting(set, at, valueOfJson(value))
    }
  }
  walk(merge, [])
  return { set, unset }
}

/**
 * The operations on the configuration as it is shown, secrets hidden: what is different afterwards is saved or taken back.
 * Throws PATCH_FAILED where one does not hold.
 */
export async function changesOfPatch(
  operations: readonly Operation[],
  configuration: unknown,
): Promise<SettingChanges> {
  const { applyPatch } = await import('rfc6902')
  const after = structuredClone(configuration)
  for (const [at, { op, path, from, value }] of operations.entries()) {
    const plain = { op, path: pointer(path), ...(from ? { from: pointer(from) } : {}), value: structuredClone(value) }
    const [fault] = applyPatch(after, [plain as Parameters<typeof applyPatch>[1][number]])
    if (fault)
      throw new CorpusError(
        'PATCH_FAILED',
        `Operation ${at + 1} of the patch, ${op} ${shown(plain.path)}, does not hold.`,
      )
  }
  if (!isMapping(after) || !isMapping(configuration))
    throw new CorpusError('PATCH_FAILED', 'What the patch leaves is no mapping.')
  const set = new Dict()
  const unset: Path[] = []
  const walk = (old: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>, path: Path) => {
    for (const key of Object.keys(old)) if (!Object.hasOwn(now, key)) unset.push([...path, key])
    for (const [key, value] of Object.entries(now)) {
      const [at, before] = [[...path, key], Object.hasOwn(old, key) ? old[key] : undefined]
      if (isDeepStrictEqual(before, value)) continue
      if (isMapping(before) && isMapping(value)) walk(before, value, at)
      // What was hidden would be saved as it was shown.
      else if (JSON.stringify(value).includes(mask))
        throw new CorpusError('PATCH_FAILED', `${shown(at.join('.'))} has a secret in it, which nobody is shown here.`)
      else putSetting(set, at, valueOfJson(value))
    }
  }
  walk(configuration, after, [])
  return { set, unset }
}

/** Throws USAGE. */
function operationOf(given: unknown): Operation {
  const { op, path, from, value } = Object(given) as Readonly<Record<string, unknown>>
  const wrong = (why: string) => new CorpusError('USAGE', `An operation of the patch ${why}.`)
  const isKnown = (one: unknown): one is Operation['op'] =>
    ['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(String(one)) && typeof one === 'string'
  if (!isKnown(op)) throw wrong('is none of add, remove, replace, move, copy and test')
  const takesFrom = op === 'move' || op === 'copy'
  if (takesFrom && from === undefined) throw wrong('lacks its from')
  if (!takesFrom && op !== 'remove' && value === undefined) throw wrong('lacks its value')
  refuseOddKeys(value)
  return {
    op,
    path: pathOf(path),
    ...(takesFrom ? { from: pathOf(from) } : {}),
    ...(value === undefined ? {} : { value }),
  }
}

/** A JSON pointer (RFC 6901). Throws USAGE. */
function pathOf(text: unknown): Path {
  if (typeof text !== 'string' || !/^(\/([^~/]|~[01])*)+$/.test(text) || text.length > 1000)
    throw new CorpusError('USAGE', 'A path of the patch is no JSON pointer below its top.')
  const path = text
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  for (const key of path) refuseOddKey(key)
  return path
}

const pointer = (path: Path): string =>
  path.map(part => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function parsed(given: unknown): unknown {
  if (typeof given !== 'string') return given
  try {
    return JSON.parse(given)
  } catch (cause) {
    throw new CorpusError('USAGE', 'That is no JSON.', { cause })
  }
}

/** At any depth. */
function refuseOddKeys(value: unknown): void {
  if (Array.isArray(value)) for (const one of value) refuseOddKeys(one)
  if (!isMapping(value)) return
  for (const [key, inner] of Object.entries(value)) {
    refuseOddKey(key)
    refuseOddKeys(inner)
  }
}

/** Names that objects have of themselves, and letters that no key of a person has. Throws USAGE. */
function refuseOddKey(key: string): void {
  if (
    ['__proto__', 'constructor', 'prototype'].includes(key) ||
    key === '' ||
    key.length > 200 ||
    /[\x00-\x1f\x7f]/.test(key)
  )
    throw new CorpusError('USAGE', `${shown(key)} is no key of a configuration.`)
}

const valueOfJson = (value: unknown): Value => fromPlain(JSON.stringify(value))

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
