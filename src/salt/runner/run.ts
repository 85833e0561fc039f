/**
 * Runs the steps in order, each after the steps that it requires.
 *
 *            targets not run yet                    run them, then look again
 *   look at  a target does not exist / failed       failed, not run
 *   the      a watched target changed               run, then react (modWatch) if it changed nothing itself
 *   table    prereq: the target would not change    "No changes detected"
 *            onfail / onchanges: nothing happened   not run
 *            otherwise                              run
 *
 * A step that another one has as `prereq` is first *tried* under test=True; the results of that are kept apart.
 * A step with `parallel` is begun and left: those that look at it wait for it, and so does the end of the run.
 */

import type { Requisite, Requisites } from '../compiler/requisites.ts'
import type { StateTools } from '../context/tools.ts'
import type { StateDefinition } from '../definition/define.ts'
import { truthOf } from '../definition/values.ts'
import type { Step } from '../language/step.ts'
import { requisiteKinds } from '../language/words.ts'
import { Dict } from '../python/dict.ts'
import { type Called, callState } from './call.ts'
import { listeners } from './listen.ts'
import { type StepResult, tagOf } from './result.ts'
import { judge, type Verdict } from './verdict.ts'

export type RunEvent =
  | { readonly kind: 'step-started'; readonly step: Step; readonly index: number; readonly count: number }
  | { readonly kind: 'step-output'; readonly step: Step; readonly text: string }
  | { readonly kind: 'step-ended'; readonly step: Step; readonly result: StepResult }

export interface RunOptions {
  readonly steps: readonly Step[]
  readonly requisites: Requisites
  readonly definitionOf: (step: Step) => StateDefinition | undefined
  readonly tools: Omit<StateTools, 'progress'>
  readonly test: boolean
  /** Stop after the first failure, whatever the steps say. */
  readonly failhard: boolean
  readonly onStep?: (event: RunEvent) => void
}

export interface RunOutcome {
  /** Tags and results in the order of the run. */
  readonly results: ReadonlyMap<string, StepResult>
  /** The signal ended it before its time. */
  readonly aborted: boolean
}

/** What the run knows so far. */
interface Progress {
  readonly options: RunOptions
  readonly done: Map<number, StepResult>
  /** Results of trying under test=True, for prereq. */
  readonly tried: Map<number, StepResult>
  readonly active: Set<number>
  /** Begun with `parallel`, not at their end yet. */
  readonly begun: Map<number, Promise<void>>
  readonly nextNumber: () => number
  stopped: boolean
}

export async function runSteps(options: RunOptions): Promise<RunOutcome> {
  let number = 0
  const progress: Progress = {
    options,
    done: new Map(),
    tried: new Map(),
    active: new Set(),
    begun: new Map(),
    nextNumber: () => number++,
    stopped: false,
  }
  let aborted = false
  const reactions = new Map<string, StepResult>()
  try {
    for (let at = 0; at < options.steps.length && !progress.stopped; at++) {
      if (progress.done.has(at) || progress.begun.has(at)) continue
      await settle(at, false, progress)
      progress.active.clear()
      stopAfterFailure(at, progress)
    }
    await Promise.all(progress.begun.values())
    for (const [tag, result] of await runListeners(progress)) reactions.set(tag, result)
  } catch (error) {
    await Promise.allSettled(progress.begun.values())
    if (!options.tools.signal?.aborted) throw error
    aborted = true
  }
  const rows = [...progress.done].map(([at, result]) => [tagOf(stepAt(at, progress)), result] as const)
  const sorted = [...rows, ...reactions].sort(([, a], [, b]) => a.number - b.number)
  return { results: new Map(sorted), aborted }
}

/** How often a step is looked at again after its targets ran; more than twice means a circle. */
const mostRounds = 20

/** Brings one step to its end (or tries it), its targets first. */
async function settle(at: number, trying: boolean, progress: Progress): Promise<void> {
  progress.options.tools.signal?.throwIfAborted()
  const row = rowOf(at, progress)
  const wanted = trying ? [] : (progress.options.requisites.wantedBefore.get(at) ?? [])
  if (!progress.options.requisites.wantedBefore.has(at)) progress.active.add(at)
  const lost = row.filter(({ targets }) => targets.length === 0)
  if (lost.length) {
    record(at, trying, decided(at, false, lostComment(lost), progress), progress)
    return
  }
  for (let round = 0; round < mostRounds; round++) {
    await ended(row, wanted, progress)
    if (!trying && progress.done.has(at)) return
    const verdict = judge(row, wanted, progress)
    if (verdict.status !== 'unmet') {
      await conclude(at, trying, verdict, progress)
      return
    }
    if (!(await runTargets(at, row, wanted, progress))) return
    if (trying) {
      await ended(row, wanted, progress)
      const again = judge(row, wanted, progress)
      await conclude(at, true, again.status === 'change' ? again : { ...again, status: 'met' }, progress)
      return
    }
  }
  record(at, trying, decided(at, false, 'Recursive requisite found', progress), progress)
}

/** Waits for the targets that were begun and left. */
async function ended(row: readonly Requisite[], wanted: readonly number[], { begun }: Progress): Promise<void> {
  if (begun.size === 0) return
  for (const target of [...row.flatMap(({ targets }) => targets), ...wanted]) await begun.get(target)
}

/** False where the step's fate is sealed: a circle, or a target that stops the run. */
async function runTargets(
  at: number,
  row: readonly Requisite[],
  wanted: readonly number[],
  progress: Progress,
): Promise<boolean> {
  const targets = [
    ...row.flatMap(({ kind, targets }) => targets.map(target => ({ target, trying: kind === 'prereq' }))),
    ...wanted.map(target => ({ target, trying: false })),
  ]
  for (const { target, trying } of targets) {
    if (progress.done.has(target) || progress.begun.has(target)) continue
    if (trying && progress.tried.has(target)) continue
    if (progress.active.has(target)) {
      progress.done.set(at, decided(at, false, 'Recursive requisite found', progress))
      return false
    }
    // A fresh stack, however long the chain of requisites.
    await Promise.resolve()
    await settle(target, trying, progress)
    stopAfterFailure(target, progress)
    if (progress.stopped) return false
  }
  return true
}

async function conclude(at: number, trying: boolean, verdict: Verdict, progress: Progress): Promise<void> {
  switch (verdict.status) {
    case 'fail':
      return concludeFailed(at, verdict, progress)
    case 'pre': {
      const result = decided(at, true, 'No changes detected', progress)
      progress.done.set(at, result)
      progress.tried.set(at, result)
      return
    }
    case 'onfail':
      return record(at, false, notRun(at, 'State was not run because onfail req did not change', progress), progress)
    case 'onchanges':
      return record(
        at,
        false,
        notRun(at, 'State was not run because none of the onchanges reqs changed', progress),
        progress,
      )
    default:
      if (trying || !isParallel(stepAt(at, progress))) return runOne(at, trying, verdict, progress)
      begin(at, verdict, progress)
  }
}

function concludeFailed(at: number, verdict: Verdict, progress: Progress): void {
  const tried = progress.tried.get(at)
  if (tried) {
    // Only its guard failed: it is told as it was tried, and nothing of it has happened.
    progress.done.set(at, { ...tried, changes: new Dict(), number: progress.nextNumber() })
    return
  }
  const names = new Set(verdict.failed.map(target => stepAt(target, progress)).map(({ sls, id }) => `${sls}.${id}`))
  const result = decided(at, false, `One or more requisite failed: ${[...names].join(', ')}`, progress)
  progress.done.set(at, result)
  progress.tried.set(at, result)
}

/** Numbers and starts it now, and keeps what becomes of it. */
function begin(at: number, verdict: Verdict, progress: Progress): void {
  const number = progress.nextNumber()
  const work = runOne(at, false, verdict, { ...progress, nextNumber: () => number }).then(() => {
    stopAfterFailure(at, progress)
  })
  // Whoever waits hears of a fault; until then nobody does.
  work.catch(() => {})
  progress.begun.set(at, work)
}

function isParallel(step: Step): boolean {
  return truthOf(step.arguments.get('parallel') ?? null)
}

async function runOne(at: number, trying: boolean, verdict: Verdict, progress: Progress): Promise<void> {
  const { options } = progress
  const step = stepAt(at, progress)
  if (!trying) options.onStep?.({ kind: 'step-started', step, index: at, count: options.steps.length })
  const call = (watched?: readonly Step[]) =>
    callState({
      step,
      steps: options.steps,
      definition: options.definitionOf(step),
      tools: { ...options.tools, progress: text => options.onStep?.({ kind: 'step-output', step, text }) },
      test: options.test || trying,
      ...(watched ? { watched } : {}),
      nextNumber: trying ? () => -1 : progress.nextNumber,
    })
  let called = await call()
  const fired = verdict.status === 'change' && called.changes.size === 0 && !called.skipWatch
  if (fired && !trying && !called.refused) called = await call(verdict.changed.map(target => stepAt(target, progress)))
  const result = fired && trying ? pretendChange(resultOf(step, called)) : resultOf(step, called)
  if (trying) progress.tried.set(at, result)
  else record(at, false, result, progress)
}

/** Tried under test=True, a watch that would fire is a change to come. */
function pretendChange(result: StepResult): StepResult {
  return { ...result, changes: Dict.of({ watch: 'watch' }), result: null }
}

async function runListeners(progress: Progress): Promise<Map<string, StepResult>> {
  const { options } = progress
  const found = listeners(options.steps, progress.done)
  const results = new Map<string, StepResult>()
  for (const step of found.calls) {
    const shown: Step = { ...step, id: `listener_${step.id}`, function: 'mod_watch' }
    const tag = tagOf(shown)
    if (results.has(tag)) continue
    options.onStep?.({ kind: 'step-started', step: shown, index: options.steps.length, count: options.steps.length })
    const called = await callState({
      step,
      steps: options.steps,
      definition: options.definitionOf(step),
      tools: { ...options.tools, progress: text => options.onStep?.({ kind: 'step-output', step: shown, text }) },
      test: options.test,
      watched: [],
      nextNumber: progress.nextNumber,
    })
    const result = resultOf(shown, called)
    results.set(tag, result)
    options.onStep?.({ kind: 'step-ended', step: shown, result })
    if (failsHard(step, result, options)) break
  }
  for (const { module, id } of found.lost) {
    const lost = { module: 'Listen_Error', function: 'Listen_Error', id: `listen_${id}`, name: `listen_${module}` }
    const comment = `Referenced state ${module}: ${id} does not exist`
    results.set(tagOf(lost), {
      ...lost,
      name: `listen_${module}:${id}`,
      sls: null,
      result: false,
      changes: new Dict(),
      comment,
      number: progress.nextNumber(),
      startedAt: new Date(),
      durationMilliseconds: 0,
      ran: true,
    })
  }
  return results
}

function resultOf(step: Step, called: Called): StepResult {
  return {
    module: step.module,
    function: step.function,
    id: step.id,
    name: called.name ?? step.name,
    sls: called.refused ? null : step.sls,
    result: called.result,
    changes: called.changes,
    comment: called.comment,
    number: called.number,
    startedAt: called.startedAt,
    durationMilliseconds: called.durationMilliseconds,
    ran: true,
    ...(called.skipWatch ? { skipWatch: true } : {}),
    ...(called.warnings?.length ? { warnings: called.warnings } : {}),
    ...(isParallel(step) ? { parallel: true } : {}),
  }
}

/** A result that the table gives without calling the function. */
function decided(at: number, result: boolean, comment: string, progress: Progress): StepResult {
  const step = stepAt(at, progress)
  return {
    module: step.module,
    function: step.function,
    id: step.id,
    name: step.name,
    sls: step.sls,
    result,
    changes: new Dict(),
    comment,
    number: progress.nextNumber(),
    startedAt: new Date(),
    durationMilliseconds: 0,
    ran: true,
  }
}

function notRun(at: number, comment: string, progress: Progress): StepResult {
  return { ...decided(at, true, comment, progress), ran: false }
}

function record(at: number, trying: boolean, result: StepResult, progress: Progress): void {
  if (trying) {
    progress.tried.set(at, result)
    return
  }
  progress.done.set(at, result)
  progress.options.onStep?.({ kind: 'step-ended', step: stepAt(at, progress), result })
}

/** As Salt lists them: the kinds in their order, each target on a line. */
function lostComment(lost: readonly Requisite[]): string {
  const lines = ['The following requisites were not found:\n']
  for (const kind of requisiteKinds) {
    const those = lost.filter(requisite => requisite.kind === kind)
    if (those.length) lines.push(`${' '.repeat(19)}${kind}:\n`)
    for (const { by, pattern } of those) lines.push(`${' '.repeat(23)}${by}: ${pattern}\n`)
  }
  return lines.join('')
}

function stopAfterFailure(at: number, progress: Progress): void {
  const result = progress.done.get(at)
  if (result && failsHard(stepAt(at, progress), result, progress.options)) progress.stopped = true
}

function failsHard(step: Step, result: StepResult, options: RunOptions): boolean {
  if (options.test || result.result !== false) return false
  const own = step.arguments.get('failhard')
  return own === undefined ? options.failhard : truthOf(own)
}

function rowOf(at: number, progress: Progress): readonly Requisite[] {
  return progress.options.requisites.of[at] ?? []
}

function stepAt(at: number, progress: Progress): Step {
  const step = progress.options.steps[at]
  if (!step) throw new Error(`no step ${at}`)
  return step
}
