/** upgrade: steps that run once each, remembered by markers. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Deployment, note } from '../deployment/deployment.ts'
import { stepInFolder, type UpgradeMarker } from '../deployment/own-folder.ts'
import { saltFolderOf } from '../deployment/release-salt.ts'
import { CorpusError } from '../kernel/errors.ts'
import { jsonIfThere, linkIfThere, writeWhole } from '../kernel/files.ts'
import { defineProcedure } from '../pipeline/procedure.ts'
import { hasWork, namesOfStates, textOfState } from '../project/has-work.ts'
import { saltOfRelease } from '../project/salt-place.ts'
import { runStateFile } from '../statefiles/run.ts'

export const upgrade = defineProcedure({
  name: 'upgrade',
  // It is a step among others: it runs once, and is remembered.
  stateFile: 'none',
  does: 'Runs each upgrade step that was not run yet, once; one that was edited after it ran fails the deployment.',
  async run(deployment: Deployment) {
    const salt = saltFolderOf(deployment)
    if (salt === null) return
    const steps = upgradeSteps(salt)
    const left = unfinishedSteps(deployment, steps)
    if (left.length === 0 && deployment.request.kind === 'procedure' && deployment.request.only?.includes('upgrade')) {
      throw new CorpusError('UPGRADE_NOTHING', `No upgrade step of ${deployment.layout.name} is left to do.`)
    }
    for (const step of left) {
      await runStateFile(deployment, salt, step.sls)
      writeMarker(deployment, step)
    }
  },
  undo: undoUpgrades,
  stateFiles: (salt, { layout }) =>
    unfinishedSteps({ layout, emit: () => {} }, upgradeSteps(salt)).map(step => step.sls),
})

interface Step {
  /** `upgrade`, or the name of a file below `.salt/upgrades`, where that is not the same. */
  readonly name: string
  readonly sls: string
  readonly text: string
  readonly sha256: string
}

/** `upgrade.sls`, then `.salt/upgrades/*.sls` in string order; empty ones are no steps. */
export function upgradeSteps(salt: string): Step[] {
  const files = namesOfStates(salt, 'upgrades')
    .filter(name => name.endsWith('.sls'))
    .sort()
  const named = files.filter(name => !name.endsWith('.downgrade.sls')).map(name => name.slice(0, -'.sls'.length))
  // A name with a dot in it is no path to Salt.
  const inFolder = (name: string) => ({
    name: stepInFolder(name),
    sls: name.includes('.') ? `upgrades/${name}` : `upgrades.${name}`,
    file: join('upgrades', name),
  })
  return [{ name: 'upgrade', sls: 'upgrade', file: 'upgrade' }, ...named.map(inFolder)].flatMap(
    ({ name, sls, file }) => {
      const text = textOfState(salt, file) ?? ''
      return hasWork(text) ? [{ name, sls, text, sha256: createHash('sha256').update(text).digest('hex') }] : []
    },
  )
}

/** The file of its downgrade below `.salt/upgrades`, without its ending. */
const downgradeOf = (step: string): string => `${step.replace(/^upgrades\//, '')}.downgrade`

/**
 * Steps without a marker; each done one is noted. Throws UPGRADE_CHANGED before anything has run, when a step was edited
 * after it was done.
 */
export function unfinishedSteps(deployment: Pick<Deployment, 'layout' | 'emit'>, steps: readonly Step[]): Step[] {
  const left: Step[] = []
  const edited: string[] = []
  for (const step of steps) {
    const marker = readMarker(deployment, step.name) ?? sharedMarker(deployment, step, steps)
    if (!marker) left.push(step)
    else if (marker.sha256 !== step.sha256)
      edited.push(`${step.sls}.sls was done by ${marker.release} with other content`)
    else note(deployment, `upgrade step ${step.name} was done by ${marker.release}`, 'notice')
  }
  if (edited.length > 0)
    throw new CorpusError('UPGRADE_CHANGED', 'An upgrade step was edited after it was done.', {
      detail: edited.join('\n'),
    })
  return left
}

/** Before the two had markers of their own, the one in the folder had that of the other. */
function sharedMarker(
  deployment: Pick<Deployment, 'layout'>,
  { name, sha256 }: Step,
  steps: readonly Step[],
): UpgradeMarker | undefined {
  if (name !== stepInFolder('upgrade') || steps.some(one => one.name === 'upgrade')) return undefined
  const marker = readMarker(deployment, 'upgrade')
  return marker?.sha256 === sha256 ? marker : undefined
}

/** Steps that the failed release ran: those with a downgrade are undone with their markers, the others are told. */
async function undoUpgrades(deployment: Deployment): Promise<void> {
  const salt = ownSalt(deployment) ?? saltFolderOf(deployment)
  if (salt === null) return
  const { downgrade, stay } = takeMarkersBack(deployment, deployment.release, salt)
  for (const step of downgrade) {
    if (await runStateFile(deployment, salt, `upgrades/${downgradeOf(step)}`)) removeMarker(deployment, step)
    else stay.push(step)
  }
  if (stay.length > 0) note(deployment, `upgrade steps that stay done: ${stay.join(', ')}`, 'warning')
}

/** Of the failed release: whoever takes back what a dead runner left works on the tree that ran before. */
function ownSalt({ layout, release }: Deployment): string | null {
  return linkIfThere(layout.saltOf(release)) === undefined ? null : saltOfRelease(layout, release)
}

/** A failed release takes back the markers of those of its steps that have a `<step>.downgrade.sls`; the names of the others are returned. */
function takeMarkersBack(
  deployment: Deployment,
  release: string,
  salt: string,
): { downgrade: string[]; stay: string[] } {
  const downgrade: string[] = []
  const stay: string[] = []
  const files = namesOfStates(salt, 'upgrades')
  // The file in the folder has it, where there are both.
  const has = (step: string) =>
    files.includes(`${downgradeOf(step)}.sls`) && !(step === 'upgrade' && files.includes('upgrade.sls'))
  if (!existsSync(deployment.layout.upgradeMarkers)) return { downgrade, stay }
  for (const file of readdirSync(deployment.layout.upgradeMarkers)) {
    const marker = jsonIfThere<UpgradeMarker>(join(deployment.layout.upgradeMarkers, file))
    if (marker?.release !== release) continue
    if (has(marker.step)) downgrade.push(marker.step)
    else stay.push(marker.step)
  }
  return { downgrade, stay }
}

function removeMarker(deployment: Pick<Deployment, 'layout'>, step: string): void {
  rmSync(markerFile(deployment, step), { force: true })
}

const markerFile = (deployment: Pick<Deployment, 'layout'>, step: string) =>
  join(deployment.layout.upgradeMarkers, `${encodeURIComponent(step)}.json`)

const readMarker = (deployment: Pick<Deployment, 'layout'>, step: string) =>
  jsonIfThere<UpgradeMarker>(markerFile(deployment, step))

function writeMarker(deployment: Deployment, step: Step): void {
  mkdirSync(deployment.layout.upgradeMarkers, { recursive: true, mode: 0o700 })
  const marker: UpgradeMarker = {
    step: step.name,
    sha256: step.sha256,
    release: deployment.release,
    at: new Date().toISOString(),
  }
  writeWhole(markerFile(deployment, step.name), `${JSON.stringify(marker)}\n`, { durable: true })
}
