/** State files on request: of a project, or of any folder. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CorpusError } from '../kernel/errors.ts'
import { treeInUse } from '../project/tree.ts'
import type { renderStates, Shown, StatesInput } from '../salt/apply.ts'
import type { Fault } from '../salt/language/faults.ts'
import type { Dict } from '../salt/python/dict.ts'
import type { StepResult } from '../salt/runner/result.ts'
import type { RunEvent } from '../salt/runner/run.ts'
import { filesByHand, projectStates } from '../statefiles/by-hand.ts'
import { type Engine, ownEngine } from '../statefiles/engine.ts'
import { type Context, openProject } from './context.ts'
import { installersOf } from './installed.ts'
import { lockProject } from './lock.ts'

export interface StatesChoice {
  readonly by: string
  /** Names of SLS; none: what the tree itself says. */
  readonly sls: readonly string[]
  /** Says what would change; changes nothing. */
  readonly test: boolean
  readonly pillar?: Dict
  readonly signal?: AbortSignal
}

/** A tree that is no project's. */
export interface FolderChoice extends StatesChoice {
  readonly fileRoot: string
  readonly pillarRoot?: string
  readonly cfg?: Dict
}

/** What is to be run, one call of the engine after the other. */
export interface OpenStates {
  readonly input: Omit<StatesInput, 'sls'>
  readonly calls: readonly (readonly string[] | 'highstate')[]
  readonly engine: Engine
  /** Changes nothing of the project before `close`; deployments wait. */
  close(): void
}

export async function openProjectStates(context: Context, name: string, choice: StatesChoice): Promise<OpenStates> {
  const layout = await openProject(context, name)
  const lock = choice.test ? null : lockProject(layout)
  try {
    const states = await projectStates({
      layout,
      tree: treeInUse(layout),
      installers: installersOf(context),
      shell: context.shell,
      by: choice.by,
      rehearsal: choice.test,
    })
    return {
      input: { ...states.input, ...common(choice) },
      calls: choice.sls.length > 0 ? [choice.sls] : filesByHand(states),
      engine: states.engine,
      close: () => {
        states.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

export function openFolderStates(context: Context, choice: FolderChoice): OpenStates {
  const folder = (path: string) => {
    if (existsSync(path)) return resolve(path)
    throw new CorpusError('USAGE', `There is no folder ${path}.`)
  }
  const fileRoot = folder(choice.fileRoot)
  if (choice.sls.length === 0 && !existsSync(join(fileRoot, 'top.sls')))
    throw new CorpusError('USAGE', `${choice.fileRoot} has no top.sls: name the state files to run.`)
  return {
    input: {
      shell: context.shell,
      fileRoots: [fileRoot],
      pillarRoots: choice.pillarRoot === undefined ? [] : [folder(choice.pillarRoot)],
      ...(choice.cfg ? { cfg: choice.cfg } : {}),
      ...common(choice),
    },
    calls: [choice.sls.length > 0 ? choice.sls : 'highstate'],
    engine: ownEngine,
    close: () => {},
  }
}

const common = ({ test, pillar, signal }: StatesChoice) => ({
  test,
  ...(pillar ? { pillar } : {}),
  ...(signal ? { signal } : {}),
})

export interface AppliedByHand {
  /** By tag, in the order of the run, over all calls. */
  readonly results: ReadonlyMap<string, StepResult>
  readonly faults: readonly Fault[]
  readonly ok: boolean
}

/** The first call that fails ends it. */
export async function applyOpened(
  { input, calls, engine }: OpenStates,
  onStep: (event: RunEvent) => void,
): Promise<AppliedByHand> {
  const results = new Map<string, StepResult>()
  for (const sls of calls) {
    const applied = await engine.apply({ ...input, sls, onStep })
    if (applied.aborted) throw new CorpusError('CANCELLED', 'It was stopped; what was done before stays.')
    for (const [tag, result] of applied.results) results.set(tag, { ...result, number: results.size })
    if (!applied.ok) return { results, faults: applied.faults, ok: false }
  }
  return { results, faults: [], ok: true }
}

/** What templates make of the files that are named, or that the tree itself names. */
export async function renderOpened({ input, calls, engine }: OpenStates): ReturnType<typeof renderStates> {
  const sls = calls.flatMap(call => (call === 'highstate' ? ['top'] : call))
  return engine.render({ ...input, sls })
}

/** The steps of all calls, in order. */
export async function showOpened({ input, calls, engine }: OpenStates): Promise<Shown> {
  const shown: Shown[] = []
  for (const sls of calls) shown.push(await engine.show({ ...input, sls }))
  return {
    steps: shown.flatMap(one => one.steps),
    faults: shown.flatMap(one => one.faults),
    doubts: shown.flatMap(one => one.doubts),
  }
}
