/** What the known keys of a configuration must look like: one table, all faults at once. Other keys are free. */
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { nearest } from '../kernel/nearest.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import type { Value } from '../python/value.ts'
import { readBuildLimits } from './build-limits.ts'
import { type Fixed, fixedKeys } from './defaults.ts'

/** Says what is wrong with a value, as the end of "KEY must be …"; undefined when nothing is. */
type Rule = (value: Value) => string | undefined

export const knownApiVersions: readonly number[] = [2]

const rules: Readonly<Record<string, Rule>> = {
  api_version: value =>
    knownApiVersions.some(known => String(known) === String(value))
      ? undefined
      : `one of ${knownApiVersions.join(', ')}`,
  installer: when(value => typeof value === 'string' && value !== '', 'a name or a path'),
  default_env: when(value => typeof value === 'string' && /^[A-Za-z][\w-]{0,62}$/.test(value), 'a short name'),
  mode: when(value => value === null || oneOf(value, ['editable', 'cooking', 'final']), 'editable, cooking or final'),
  deploy_branch: when(
    value => textOrTexts(value) && (!Array.isArray(value) || value.length > 0),
    'a branch or a list of them',
  ),
  user: when(isAccountName, 'the name of an account'),
  group: when(isAccountName, 'the name of a group'),
  developer: when(value => value === null || isAccountName(value), 'the name of an account'),
  states_as: when(value => value === null || oneOf(value, ['root', 'developer']), 'root or developer'),
  keep_archives: whole(0, 10_000),
  downtime: when(isBoolean, 'true or false'),
  full: when(isBoolean, 'true or false'),
  origin: when(value => value === null || typeof value === 'string', 'a URL'),
  pillar_origin: when(value => value === null || typeof value === 'string', 'a URL'),
  release_artifacts_urls: when(textOrTexts, 'a URL or a list of URLs'),
  artifacts_without_digest: when(isBoolean, 'true or false'),
  submodules_as: when(value => oneOf(value, ['account', 'root']), 'account or root'),
  domains: when(textOrTexts, 'a host name or a list of them'),
  data: when(isMapping, 'a mapping'),
  env_defaults: when(isMappingOfMappings, 'a mapping of platforms to mappings'),
  os_defaults: when(isMappingOfMappings, 'a mapping of system families to mappings'),
  services: when(orEmpty(isMapping), 'a mapping'),
  build: when(orEmpty(isMapping), 'a mapping of nice, cpu, memory and time'),
  search_path: when(textOrTexts, 'a list of folders'),
  path: when(
    orEmpty(value => typeof value === 'string' && isBelow(value)),
    'a folder below the repository',
  ),
  shared_paths: when(
    value => textOrTexts(value) && (Array.isArray(value) ? value : [value]).every(one => isBelow(String(one))),
    'a folder below the repository, or a list of them',
  ),
  assets: when(
    orEmpty(value => value === false || textOrTexts(value)),
    'an installer or a list of them, or false',
  ),
  processes: when(orEmpty(isMapping), 'a mapping of process names to commands'),
  schedule: when(orEmpty(isMapping), 'a mapping'),
  environment: when(orEmpty(isMappingOfScalars), 'a mapping of names to texts, numbers or truth values'),
  scale: when(orEmpty(isMappingOfCounts), 'a mapping of process names to whole numbers'),
  ingress: when(
    orEmpty(value => value === false || isMapping(value)),
    'a mapping, or false',
  ),
  notifications: when(orEmpty(isMapping), 'a mapping of means'),
  data_archives: when(
    orEmpty(value => isMapping(value) || textOrTexts(value)),
    'a mapping or a list of paths',
  ),
  backup: when(orEmpty(isMapping), 'a mapping'),
  min_free_megabytes: whole(0, 1_000_000_000),
  drain: when(value => value === null || oneOf(value, ['behind', 'wait']), 'behind or wait'),
  drain_seconds: whole(0, 86_400),
  command_timeout_seconds: whole(1, 86_400),
  template_timeout_seconds: whole(1, 86_400),
  engine: when(value => value === null || oneOf(value, ['corpus', 'salt']), 'corpus or salt'),
  procfile: when(orEmpty(isBoolean), 'true or false'),
}

/** The keys that stand at the top of a configuration; any other is a project's own. */
export function isKnownKey(key: Value): boolean {
  return typeof key === 'string' && (Object.hasOwn(rules, key) || key === 'name')
}

/** The known key that a key of a project's own may be a slip of, or undefined. */
export function likelyKey(key: string): string | undefined {
  if (isKnownKey(key)) return undefined
  const known = Object.keys(rules)
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
  for (const [key, rule] of Object.entries(rules)) {
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

function when(fits: (value: Value) => boolean, wanted: string): Rule {
  return value => (fits(value) ? undefined : wanted)
}

/** A key that is written down with nothing behind it is one that is not given. */
function orEmpty(fits: (value: Value) => boolean): (value: Value) => boolean {
  return value => value === null || fits(value)
}

function whole(least: number, most: number): Rule {
  const fits = (value: Value) => typeof value === 'number' && value >= least && value <= most
  return when(fits, `a whole number from ${least} to ${most}`)
}

function isBoolean(value: Value): boolean {
  return typeof value === 'boolean'
}

function isMapping(value: Value): boolean {
  return value instanceof Dict
}

function isMappingOfMappings(value: Value): boolean {
  return value instanceof Dict && [...value.values()].every(item => item === null || item instanceof Dict)
}

function isMappingOfCounts(value: Value): boolean {
  return value instanceof Dict && [...value.values()].every(count => count === null || /^\d{1,4}$/.test(String(count)))
}

function isMappingOfScalars(value: Value): boolean {
  const isScalar = (item: Value) => typeof item !== 'object' || item === null || item instanceof Float
  return value instanceof Dict && [...value.values()].every(isScalar)
}

function isAccountName(value: Value): boolean {
  return typeof value === 'string' && /^[a-z_][a-z0-9_.-]{0,70}\$?$/.test(value)
}

/** No way out of the folder, and none into git's own. */
function isBelow(text: string): boolean {
  const parts = text.split('/')
  return !text.startsWith('/') && !/[\x00-\x1f]/.test(text) && !parts.some(part => part === '..' || part === '.git')
}

function textOrTexts(value: Value): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every(item => typeof item === 'string'))
}

function oneOf(value: Value, names: readonly string[]): boolean {
  return typeof value === 'string' && names.includes(value)
}
