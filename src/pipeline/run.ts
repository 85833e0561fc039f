/**
 * Runs a plan: one loop that knows no procedure by name.
 *
 *   forward rows ── ok ──▶ commit ──▶ always rows ──▶ succeeded
 *        └─ fault ──▶ error rows ── ok ──▶ always rows ──▶ rolled back | failed | cancelled | interrupted
 *                         └─ fault ──▶ always rows ──▶ rollback failed
 */
import { CorpusError, faultOf } from '../kernel/errors.ts'
import type { Emit, EndState, Fault } from '../kernel/events.ts'
import { type Journal, wayBack } from './journal.ts'
import type { PlanRow } from './plan.ts'
import type { Procedure, Way } from './procedure.ts'

export interface Runnable {
  readonly emit: Emit
  readonly signal: AbortSignal
  /** Cancels from here on concern what begins now. */
  readonly listenAnew: () => void
  readonly outcome: Outcome
}

/** What the pipeline finds out of a deployment. */
export interface Outcome {
  /** Why it failed, once it has. */
  fault: Fault | null
  failedProcedure: string | null
  /** How it ended, known when what always runs runs. */
  ended: EndState | null
  /** How long each procedure took so far. */
  readonly timings: { readonly name: string; readonly milliseconds: number }[]
}

export const newOutcome = (): Outcome => ({ fault: null, failedProcedure: null, ended: null, timings: [] })

/** All that one deployment runs. */
export interface RunPlan<Deployment> {
  readonly rows: readonly PlanRow<Deployment>[]
  /** Those without a row, too: what is brought back runs them again. */
  readonly procedures: readonly Procedure<Deployment>[]
  readonly journal: Journal
  /** Why a dead runner's deployment is taken back; null where it is a new one. */
  readonly left: Fault | null
  /** Runs the project's state file of a procedure. */
  readonly stateFile: (deployment: Deployment, procedure: Procedure<Deployment>) => Promise<void>
  /** Makes the new release the current one: the moment from which the deployment counts. */
  readonly commit: (deployment: Deployment) => Promise<void>
}

/** Never throws: what goes wrong is an event and an end state. */
export async function carryOut<Deployment extends Runnable>(
  deployment: Deployment,
  plan: RunPlan<Deployment>,
): Promise<EndState> {
  const { outcome } = deployment
  const state = plan.left ? await turnBack(deployment, plan, plan.left, null) : await goForward(deployment, plan)
  outcome.ended = state
  deployment.listenAnew()
  for (const row of rowsOf(plan, 'always')) {
    const fault = await tried(deployment, plan, row)
    if (fault)
      deployment.emit({ type: 'note', level: 'warning', text: `${row.procedure.name} failed: ${fault.message}` })
  }
  return state
}

async function goForward<Deployment extends Runnable>(
  deployment: Deployment,
  plan: RunPlan<Deployment>,
): Promise<EndState> {
  for (const row of forwardRows(plan)) {
    const fault = await tried(deployment, plan, row)
    if (fault) return turnBack(deployment, plan, fault, row.procedure.name)
  }
  try {
    plan.journal.write('commit', 'begin')
    await plan.commit(deployment)
    plan.journal.write('commit', 'done')
    return 'succeeded'
  } catch (error) {
    return turnBack(deployment, plan, faultOf(error), 'commit')
  }
}

async function turnBack<Deployment extends Runnable>(
  deployment: Deployment,
  plan: RunPlan<Deployment>,
  fault: Fault,
  procedure: string | null,
): Promise<EndState> {
  deployment.outcome.fault = fault
  deployment.outcome.failedProcedure = procedure
  deployment.emit({ type: 'fault', fault })
  deployment.listenAnew()
  plan.journal.write(wayBack, 'begin')
  return goBack(deployment, plan)
}

async function goBack<Deployment extends Runnable>(
  deployment: Deployment,
  plan: RunPlan<Deployment>,
): Promise<EndState> {
  let ran = false
  for (const row of rowsOf(plan, 'error')) {
    ran ||= 'run' in row.row
    const fault = await tried(deployment, plan, row)
    if (!fault) continue
    deployment.emit({ type: 'note', level: 'error', text: `THE ROLLBACK FAILED: ${fault.message} ${fault.wayOut}` })
    if (fault.detail) deployment.emit({ type: 'output', text: `${fault.detail}\n` })
    return 'rollback failed'
  }
  const { fault } = deployment.outcome
  if (fault?.code === 'DEPLOYMENT_CANCELLED') return 'cancelled'
  if (fault?.code === 'INTERRUPTED') return 'interrupted'
  return ran ? 'rolled back' : 'failed'
}

async function tried<Deployment extends Runnable>(
  deployment: Deployment,
  plan: RunPlan<Deployment>,
  { procedure, row }: PlanRow<Deployment>,
): Promise<Fault | null> {
  if ('skip' in row) {
    deployment.emit({ type: 'procedure', procedure: procedure.name, phase: 'skipped', because: row.skip })
    return null
  }
  const isForward = procedure.when === undefined
  try {
    if (isForward) refuseWhenCancelled(deployment.signal)
    await perform(deployment, plan, procedure)
    if (isForward) refuseWhenCancelled(deployment.signal)
    return null
  } catch (error) {
    // What a cancelled step says of its own end is noise: it was stopped.
    return isForward && deployment.signal.aborted ? cancelledFault() : faultOf(error)
  }
}

/** A procedure with its state file, from begin to done. Throws what the step throws. */
async function perform<Deployment extends Runnable>(
  deployment: Deployment,
  plan: RunPlan<Deployment>,
  procedure: Procedure<Deployment>,
): Promise<void> {
  const { name } = procedure
  const way = wayOf(deployment, plan)
  // Not performance.now(): a process that starts for this push would load its module first, 1 ms.
  const started = process.hrtime.bigint()
  const elapsed = () => Number((process.hrtime.bigint() - started) / 100_000n) / 10
  const ended = (phase: 'done' | 'failed') => {
    plan.journal.write(name, phase)
    deployment.outcome.timings.push({ name, milliseconds: elapsed() })
    deployment.emit({ type: 'procedure', procedure: name, phase, milliseconds: elapsed() })
  }
  plan.journal.write(name, 'begin')
  deployment.emit({ type: 'procedure', procedure: name, phase: 'begin' })
  try {
    await procedure.run(deployment, way)
    await plan.stateFile(deployment, procedure)
    await procedure.after?.(deployment, way)
  } catch (error) {
    ended('failed')
    throw error
  }
  ended('done')
}

const wayOf = <Deployment extends Runnable>(deployment: Deployment, plan: RunPlan<Deployment>): Way => ({
  async undo() {
    for (const procedure of undoable(plan)) await procedure.undo?.(deployment)
  },
  async again() {
    for (const procedure of plan.procedures) if (procedure.again) await perform(deployment, plan, procedure)
  },
})

/**
 * What has begun, the newest first. The journal of a runner that died may lack a line, for a power cut or a full disk: there every
 * procedure looks for its traces.
 */
function undoable<Deployment>({ procedures, journal, left }: RunPlan<Deployment>): readonly Procedure<Deployment>[] {
  if (left) return procedures.toReversed()
  return journal
    .begun()
    .toReversed()
    .flatMap(name => procedures.find(one => one.name === name) ?? [])
}

const rowsOf = <Deployment>(plan: RunPlan<Deployment>, when: 'error' | 'always'): readonly PlanRow<Deployment>[] =>
  plan.rows.filter(({ procedure }) => procedure.when === when)

/** What a request asks for runs here, in the form that it has for that; should it fail, its other form may run as well. */
const forwardRows = <Deployment>({ rows }: RunPlan<Deployment>): readonly PlanRow<Deployment>[] =>
  rows.flatMap(({ procedure, row }) => {
    const { name, when, asked } = procedure
    if (asked && 'asked' in row) return [{ procedure: { ...asked, name }, row }]
    return when === undefined ? [{ procedure, row }] : []
  })

const cancelledFault = (): Fault => faultOf(new CorpusError('DEPLOYMENT_CANCELLED', 'The deployment was cancelled.'))

function refuseWhenCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CorpusError('DEPLOYMENT_CANCELLED', 'The deployment was cancelled.')
}
