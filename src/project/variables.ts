/** The variables that people set with `corpus env`: a release keeps those that it ran with, and they come back with it. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvironment, type Variable } from '../configuration/environment.ts'
import { writePrivate } from '../configuration/private-file.ts'
import { type Deployment, note } from '../deployment/deployment.ts'
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

/** Beside the release's configuration. What is set cannot change meanwhile: who sets holds the project's lock. */
export function keepEnvironment({ layout, release, environment }: Deployment): void {
  const file = environmentFile(layout, release)
  if (environment.sealed !== undefined) writePrivate(file, environment.sealed)
  else rmSync(file, { force: true })
}

/** After going back on request: what is set is again what the release runs with, unless it was changed since the last deployment. */
export function bringSetEnvironmentBack(deployment: Deployment): void {
  const { layout, previous, environment } = deployment
  const set = textIfThere(layout.environment)
  if (set === environment.sealed) return
  const ranBefore = previous && textIfThere(environmentFile(layout, previous.release))
  if (set !== (ranBefore ?? undefined)) {
    note(deployment, 'variables were set since the last deployment: they stay, and count from the next one', 'notice')
    return
  }
  tellChanged(deployment, currentEnvironment(layout))
  if (environment.sealed === undefined) rmSync(layout.environment, { force: true })
  else writePrivate(layout.environment, environment.sealed)
}

/** Who set a variable since then would not look for it to be gone. */
function tellChanged(deployment: Deployment, set: ReleaseEnvironment): void {
  const { variables } = deployment.environment
  const names = new Set([...variables.keys(), ...set.variables.keys()])
  const changed = [...names].filter(name => {
    const [back, now] = [variables.get(name)?.value, set.variables.get(name)?.value]
    return back === undefined || now === undefined || Buffer.compare(back, now) !== 0
  })
  if (changed.length === 0) return
  const were = changed.length === 1 ? 'is' : 'are'
  note(deployment, `${changed.join(', ')} ${were} again what the release ran with (corpus env list)`, 'notice')
}

export function sameEnvironment(a: ReleaseEnvironment, b: ReleaseEnvironment): boolean {
  if (a.sealed === b.sealed) return true
  if (a.variables.size !== b.variables.size) return false
  return [...a.variables].every(([name, { value }]) => {
    const other = b.variables.get(name)?.value
    return other !== undefined && Buffer.compare(value, other) === 0
  })
}

const environmentFile = (layout: ProjectLayout, release: ReleaseId): string =>
  join(layout.release(release), 'environment.json')

function read(layout: ProjectLayout, file: string): ReleaseEnvironment {
  if (!existsSync(file)) return { sealed: undefined, variables: new Map() }
  return { sealed: textIfThere(file), variables: readEnvironment(environmentStore(layout, file)) }
}
