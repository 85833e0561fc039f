/** How things stand that requests change: before and after each change the audit has it, without secrets. */
import { existsSync } from 'node:fs'
import { listVariables } from '../configuration/environment.ts'
import { readSaved } from '../configuration/saved.ts'
import { redact } from '../configuration/secrets.ts'
import { settingAt } from '../configuration/setting.ts'
import { isInMaintenance } from '../ingress/maintenance.ts'
import { ingressPlace } from '../ingress/place.ts'
import { textIfThere } from '../kernel/files.ts'
import { type ProjectLayout, projectLayout } from '../kernel/layout.ts'
import { projectName } from '../kernel/names.ts'
import { environmentStore } from '../project/variables.ts'
import { Dict } from '../salt/python/dict.ts'
import { plain } from '../salt/python/plain.ts'
import { mergeOf, operationsOf } from './configuration-patch.ts'
import type { Context } from './context.ts'

const layoutOf = ({ root }: Context, name: string): ProjectLayout => projectLayout(root, projectName(name))

/** Values by dotted key, as the configuration was seen last; null where there is none. */
export async function settingsStand(context: Context, name: string, keys: readonly string[]) {
  const { snapshot, settings } = readSaved(layoutOf(context, name).savedConfiguration)
  const shown = redact(snapshot ?? settings)
  return Object.fromEntries(
    keys.map(key => {
      const found = shown instanceof Dict ? settingAt(shown, key) : undefined
      return [key, found === undefined ? null : plain(found)]
    }),
  )
}

/** The keys of `KEY=VALUE`. */
export const keysOf = (settings: readonly string[]): string[] => settings.map(one => one.slice(0, one.indexOf('=')))

/** The keys that somebody wants to change, and of JSON those at its top. What cannot be read is refused when it is asked. */
export function settingsGiven(given: {
  readonly settings?: readonly string[] | undefined
  readonly merge?: unknown
  readonly patch?: unknown
}): string[] {
  const { settings = [], merge, patch } = given
  return [
    ...keysOf(settings),
    ...(merge === undefined ? [] : Object.keys(mergeOf(merge))),
    ...(patch === undefined
      ? []
      : new Set(operationsOf(patch).flatMap(({ op, path: [top = ''] }) => (op === 'test' ? [] : [top])))),
  ]
}

/** Values by name: of a secret that it is one. */
export async function environmentStands(context: Context, name: string, names: readonly string[]) {
  const set = new Map(
    listVariables(environmentStore(layoutOf(context, name)), { reveal: false }).map(one => [one.name, one]),
  )
  const standsAt = (one: string) => {
    const there = set.get(one)
    return there === undefined ? null : there.secret ? '********' : there.value
  }
  return Object.fromEntries(names.map(one => [one, standsAt(one)]))
}

export async function maintenanceStands(context: Context, name: string) {
  return { maintenance: isInMaintenance(ingressPlace(context.root), projectName(name)) }
}

/** Why, where it is frozen. */
export async function frozenStands(context: Context, name: string) {
  const why = textIfThere(layoutOf(context, name).frozen)
  return { frozen: why === undefined ? null : why.trim() }
}

/** Null where there is no such project. */
export async function projectStands(context: Context, name: string) {
  if (!existsSync(layoutOf(context, name).projectGit)) return null
  return settingsStand(context, name, ['mode', 'default_env', 'installer', 'origin', 'pillar_origin'])
}
