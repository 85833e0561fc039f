/** Pillars that are more than plain data, by the state engine: loaded for those alone. */
import { checkPillars, renderPillars, type StatesInput } from '../salt/apply.ts'
import { faultText } from '../salt/language/faults.ts'
import type { Value } from '../salt/python/value.ts'
import { localShell } from '../shell/local.ts'
import { placedText, unknownText } from './fault-text.ts'

/** A pillar folder's init.sls as data, with its includes. */
export async function renderPillar(folder: string): Promise<{ pillar: Value; faults: string[] }> {
  const rendered = await renderPillars(pillarInput(folder))
  return { pillar: rendered.pillar, faults: rendered.faults.map(one => placedText(one, folder)) }
}

/** A pillar folder's init.sls that was pushed and not accepted yet. `unknown`: a sentence for each file that only a deployment can read. */
export async function renderPushedPillar(
  folder: string,
): Promise<{ pillar: Value; faults: string[]; unknown: string[] }> {
  const { pillar, faults, unknown } = await checkPillars(pillarInput(folder))
  return {
    pillar,
    // Whoever pushes it has it.
    faults: faults.map(one => faultText(one).replaceAll(`${folder}/`, '')),
    unknown: unknown.map(one => unknownText(one, folder)),
  }
}

const pillarInput = (folder: string): Omit<StatesInput, 'sls'> => ({
  shell: localShell,
  fileRoots: [],
  pillarRoots: [folder],
  pillarSls: ['init'],
})
