/** Keeps the variables that people set with the release that ran with them, and brings them back with it. */
import { rmSync } from 'node:fs'
import { writePrivate } from '../configuration/private-file.ts'
import { textIfThere } from '../kernel/files.ts'
import { currentEnvironment, environmentFile, type ReleaseEnvironment } from '../project/variables.ts'
import { type Deployment, note } from './deployment.ts'

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
