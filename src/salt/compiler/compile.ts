/**
 * From SLS names to ordered steps, each phase a value of its own:
 * text -> rendered text -> data -> declarations -> (extend, give, exclude) -> steps -> table of requisites.
 */

import type { World } from '../context/world.ts'
import type { StateDefinition } from '../definition/define.ts'
import { textOf } from '../definition/values.ts'
import { type Fault, fault } from '../language/faults.ts'
import { gather } from '../language/include.ts'
import { renderSls } from '../language/render.ts'
import type { Step } from '../language/step.ts'
import { findTop, topMatches } from '../language/top.ts'
import { definitionOf, definitionsOf, doubtsOf } from './definitions.ts'
import { excluded } from './exclude.ts'
import { stepsOf } from './expand.ts'
import { extendAll } from './extend.ts'
import { dottedGifts, givenTo } from './give.ts'
import { circles, lostTargets, type Requisites, requisitesOf } from './requisites.ts'
import { mutualRequirements } from './verify.ts'

export interface Compiled {
  readonly steps: readonly Step[]
  readonly requisites: Requisites
  readonly definitionOf: (step: Step) => StateDefinition | undefined
  /** What stops a run. */
  readonly faults: readonly Fault[]
  /** What a run would find on its way; a check tells it beforehand. */
  doubts(): Promise<readonly Fault[]>
}

/** A tree with no steps: nothing asked for, or faults that leave none. */
function nothing(faults: readonly Fault[]): Compiled {
  const requisites = { of: [], wantedBefore: new Map() }
  return { steps: [], requisites, definitionOf: () => undefined, faults, doubts: async () => [] }
}

export async function compile(requested: readonly string[] | 'highstate', world: World): Promise<Compiled> {
  const names = requested === 'highstate' ? await highstateNames(world) : { names: requested, faults: [] }
  if (names.faults.length) return nothing(names.faults)
  const forest = await gather(names.names, {
    roots: world.files,
    read: (sls, path, address, rendered) =>
      renderSls(
        { sls, path, address },
        world,
        new Map([['rendered_sls', new Set(rendered.map(name => `base:${name}`))]]),
      ),
  })
  const faults = [...forest.faults]
  const withExtensions = extendAll(forest.declarations, forest.extensions)
  faults.push(...withExtensions.faults, ...dottedGifts(withExtensions.declarations))
  faults.push(...mutualRequirements(withExtensions.declarations))
  if (faults.length) return nothing(faults)
  const withGifts = extendAll(withExtensions.declarations, givenTo(withExtensions.declarations), { strict: true })
  if (withGifts.faults.length) return nothing(withGifts.faults)
  return compileSteps(stepsOf(excluded(withGifts.declarations, forest.exclusions)))
}

/** Also for steps that no SLS declares (`state.single`). */
export async function compileSteps(steps: readonly Step[]): Promise<Compiled> {
  const definitions = await definitionsOf(steps)
  const find = (step: Step) => definitionOf(definitions, step)
  const requisites = requisitesOf(steps, step => find(step)?.modWatch !== undefined)
  const doubts = async () => [
    ...(await doubtsOf(steps, definitions)),
    ...lostTargets(steps, requisites),
    ...circles(steps, requisites),
  ]
  return { steps, requisites, definitionOf: find, faults: [], doubts }
}

async function highstateNames(world: World): Promise<{ names: readonly string[]; faults: readonly Fault[] }> {
  const top = findTop(world.files)
  if (!top) return { names: [], faults: [noTop(world)] }
  if ('fault' in top) return { names: [], faults: [top.fault] }
  const rendered = await renderSls(top, world)
  if ('faults' in rendered) return { names: [], faults: rendered.faults }
  const machine = { id: textOf(world.opts.get('id') ?? ''), grains: world.grains, pillar: world.pillar }
  const matches = topMatches(rendered.data.value, machine, top.path)
  if (matches.faults.length) return { names: [], faults: matches.faults }
  return matches.names.length ? { names: matches.names, faults: [] } : { names: [], faults: [noTop(world)] }
}

/** The message by which the caller that asked for JSON knows that there was nothing to do. */
export const noTopMessage = 'No Top file or master_tops data matches found. Please see master log for details.'

function noTop(world: World): Fault {
  const advice = `Write top.sls below ${world.files.folders.join(' or ')} with a target that means this machine.`
  return fault('source', noTopMessage, { advice })
}
