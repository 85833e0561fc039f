/** The entry point of the state engine: apply, render, show and check trees of state files. */

import type { Shell } from '../shell/shell.ts'
import { type Compiled, compile } from './compiler/compile.ts'
import { renderPillar } from './context/pillar.ts'
import type { LogLevel } from './context/tools.ts'
import { createWorld, type World } from './context/world.ts'
import type { FunctionDefinition } from './definition/define.ts'
import { truthOf } from './definition/values.ts'
import { type Fault, fault } from './language/faults.ts'
import { renderSls } from './language/render.ts'
import { findSls } from './language/source.ts'
import type { Step } from './language/step.ts'
import { Dict } from './python/dict.ts'
import type { StepResult } from './runner/result.ts'
import { type RunEvent, runSteps } from './runner/run.ts'

export interface StatesInput {
  readonly shell: Shell
  /** Folders of state files, first match wins. */
  readonly fileRoots: readonly string[]
  /** Folders of pillar files; their top file decides what is read. */
  readonly pillarRoots?: readonly string[]
  /** Pillar files to read in place of what a top file names. */
  readonly pillarSls?: readonly string[]
  /** Pillar values laid over what the roots give. */
  readonly pillar?: Dict
  /** Grains laid over the machine's own. */
  readonly grains?: Dict
  /** The project's mapping, by reference: what states set in it, the caller sees. */
  readonly cfg?: Dict
  readonly opts?: Dict
  /** SLS names (globs allowed), or what the top file says. */
  readonly sls: readonly string[] | 'highstate'
  readonly test?: boolean
  /** Execution functions of the caller's own, by full name. */
  readonly functions?: Readonly<Record<string, FunctionDefinition>>
  /** Dotted SLS prefix to folder: `makina-states.projects.2.generic` to an installer's. */
  readonly includeRoots?: ReadonlyMap<string, string>
  readonly signal?: AbortSignal
  readonly onStep?: (event: RunEvent) => void
  readonly log?: (level: LogLevel, text: string) => void
  /** Where scratch files go. */
  readonly work?: string
  readonly commandTimeoutSeconds?: number
  readonly templateTimeoutSeconds?: number
}

export interface Applied {
  /** No fault, and every result true or (under test) null. */
  readonly ok: boolean
  /** By tag, in the order of the run. */
  readonly results: ReadonlyMap<string, StepResult>
  readonly faults: readonly Fault[]
  readonly aborted: boolean
}

export async function applyStates(input: StatesInput): Promise<Applied> {
  return inWorld(input, refused, async world => {
    const compiled = await compile(input.sls, world)
    return compiled.faults.length ? refused(compiled.faults) : runCompiled(compiled, world, input)
  })
}

/** Runs what is compiled already: `state.single`, and applyStates itself. */
export async function runCompiled(compiled: Compiled, world: World, input: StatesInput): Promise<Applied> {
  const { results, aborted } = await runSteps({
    steps: compiled.steps,
    requisites: compiled.requisites,
    definitionOf: compiled.definitionOf,
    tools: world.stateTools,
    test: input.test ?? false,
    failhard: truthOf(world.opts.get('failhard') ?? false),
    ...(input.onStep ? { onStep: input.onStep } : {}),
  })
  const ok = !aborted && [...results.values()].every(({ result }) => result !== false)
  return { ok, results, faults: [], aborted }
}

/** The text of one SLS after its templates: what YAML then reads. */
export async function renderStates(
  input: StatesInput & { readonly sls: readonly string[] },
): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly faults: readonly Fault[] }> {
  return inWorld(
    input,
    faults => ({ texts: new Map(), faults }),
    async world => {
      const texts = new Map<string, string>()
      const faults: Fault[] = []
      for (const sls of input.sls) {
        const found = findSls(world.files, sls)
        if (!found) {
          faults.push(fault('source', `No matching sls found for '${sls}' in env 'base'`, { sls }))
          continue
        }
        const rendered = await renderSls({ sls, ...found }, world)
        if ('faults' in rendered) faults.push(...rendered.faults)
        else texts.set(sls, rendered.text)
      }
      return { texts, faults }
    },
  )
}

/** What a tree compiles to; doubts are faults that only a run would meet. */
export interface Shown {
  readonly steps: readonly Step[]
  readonly faults: readonly Fault[]
  readonly doubts: readonly Fault[]
}

/** The steps in the order in which they would run. */
export async function showStates(input: StatesInput): Promise<Shown> {
  return inWorld(
    input,
    (faults): Shown => ({ steps: [], faults, doubts: [] }),
    async world => {
      const { steps, faults, doubts } = await compile(input.sls, world)
      return { steps, faults, doubts: await doubts() }
    },
  )
}

export interface Checked {
  readonly ok: boolean
  readonly faults: readonly Fault[]
  /** Files that say what they say only when they run (`message` is why): no more than their syntax is known. */
  readonly unknown: readonly Fault[]
}

/**
 * Everything that is wrong with a tree, without running it: also what a run would find only on its way. Templates that
 * call what acts are not rendered to their end. The pillar, which was accepted before, is rendered in full.
 */
export async function checkStates(input: StatesInput): Promise<Checked> {
  return inWorld(
    input,
    (faults): Checked => ({ ok: false, faults, unknown: [] }),
    async world => {
      const compiled = await compile(input.sls, world)
      return checkedOf([...compiled.faults, ...(await compiled.doubts())])
    },
    { check: true },
  )
}

function checkedOf(found: readonly Fault[]): Checked {
  const faults = found.filter(({ kind }) => kind !== 'unknown')
  return { ok: faults.length === 0, faults, unknown: found.filter(({ kind }) => kind === 'unknown') }
}

/** The pillar of this machine as its roots render it; faults where they do not. */
export async function renderPillars(
  input: Omit<StatesInput, 'sls'>,
): Promise<{ readonly pillar: Dict; readonly faults: readonly Fault[] }> {
  return renderPillar(worldInput(input))
}

/** Renders a pillar that nobody has accepted yet, as far as it can be known without effects. */
export async function checkPillars(input: Omit<StatesInput, 'sls'>): Promise<Checked & { readonly pillar: Dict }> {
  const { pillar, faults } = await renderPillar({ ...worldInput(input), check: true })
  return { ...checkedOf(faults), pillar }
}

function refused(faults: readonly Fault[]): Applied {
  return { ok: false, results: new Map(), faults, aborted: false }
}

/** The pillar first: where it does not render, nothing else is tried. */
async function inWorld<T>(
  input: StatesInput,
  stopped: (faults: readonly Fault[]) => T,
  use: (world: World) => Promise<T>,
  more: { readonly check?: boolean } = {},
): Promise<T> {
  const made = await openWorld(input, more)
  if ('faults' in made) return stopped(made.faults)
  try {
    return await use(made.world)
  } finally {
    made.world.dispose()
  }
}

export async function openWorld(
  input: Omit<StatesInput, 'sls'>,
  more: { readonly check?: boolean } = {},
): Promise<{ readonly world: World } | { readonly faults: readonly Fault[] }> {
  const given = worldInput(input)
  const { pillar, faults } = await renderPillar(given)
  return faults.length ? { faults } : { world: createWorld({ ...given, ...more, pillar }) }
}

function worldInput(input: Omit<StatesInput, 'sls'>) {
  const { includeRoots, onStep: _, ...rest } = input
  return {
    ...rest,
    pillar: input.pillar ?? new Dict(),
    test: input.test ?? false,
    ...(includeRoots ? { mounts: mountsOf(includeRoots) } : {}),
  }
}

/** `a.b` answers to addresses below a/b. */
function mountsOf(roots: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...roots].map(([prefix, folder]) => [prefix.replaceAll('.', '/'), folder]))
}
