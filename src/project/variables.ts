/** The variables that people set with `corpus env`: a release keeps those that it ran with, and they come back with it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment, type Variable } from '../configuration/environment.ts'
import { textIfThere } from '../kernel/files.ts'
import { type ProjectLayout, rootLayout } from '../kernel/layout.ts'
import type { ReleaseId } from '../kernel/names.ts'

export interface ReleaseEnvironment {
  /** The sealed file as it stood, undefined where nothing was ever set. */
  readonly sealed: string | undefined
  readonly variables: ReadonlyMap<string, Variable>
}

/** Where the variables of a project are, and their key. */
export const environmentStore = (layout: ProjectLayout, file: string = layout.environment) => ({
  file,
  keyFile: rootLayout(layout.root).environmentKey,
  project: layout.name,
})

/** What is set now. Throws ENVIRONMENT_LOCKED, ENVIRONMENT_CORRUPT. */
export const currentEnvironment = (layout: ProjectLayout): ReleaseEnvironment => read(layout, layout.environment)

/** What a kept release ran with. */
export const keptEnvironment = (layout: ProjectLayout, release: ReleaseId): ReleaseEnvironment =>
  read(layout, environmentFile(layout, release))

export function sameEnvironment(a: ReleaseEnvironment, b: ReleaseEnvironment): boolean {
  if (a.sealed === b.sealed) return true
  if (a.variables.size !== b.variables.size) return false
  return [...a.variables].every(([name, { value }]) => {
    const other = b.variables.get(name)?.value
    return other !== undefined && Buffer.compare(value, other) === 0
  })
}

/** Where a release keeps those that it ran with. */
export const environmentFile = (layout: ProjectLayout, release: ReleaseId): string =>
  join(layout.release(release), 'environment.json')

function read(layout: ProjectLayout, file: string): ReleaseEnvironment {
  if (!existsSync(file)) return { sealed: undefined, variables: new Map() }
  return { sealed: textIfThere(file), variables: readEnvironment(environmentStore(layout, file)) }
}
