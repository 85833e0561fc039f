/**
 * Runs a plan: one loop that knows no procedure by name.
 *
 *   forward rows ── ok ──▶ commit ──▶ always rows ──▶ succeeded
 *        └─ fault ──▶ error rows ── ok ──▶ always rows ──▶ rolled back | failed | cancelled
 *                         └─ fault ──▶ always rows ──▶ rollback failed
 */
import { CorpusError, faultOf } from '../kernel/errors.ts'
import type { Emit, EndState, Fault } from '../kernel/events.ts'
import { type Journal, wayBack } from './journal.ts'
import type { PlanRow } from './plan.ts'
import type { Procedure } from './procedure.ts'

export interface Runnable {
  readonly emit: Emit
  readonly signal: AbortSignal
  /** Cancels from here on concern what begins now. */
  readonly listenAnew: () => void
  fault: Fault | null
  failedProcedure: string | null
  /** How it ended; null until then. */
  ended: EndState | null
}

export interface Course<Deployment> {
  readonly rows: readonly PlanRow[]
  readonly procedures: ReadonlyMap<string, Procedure<Deployment>>
  readonly journal: Journal
  /** Runs the project's state file of a procedure. */
  readonly stateFile: (deployment: Deployment, procedure: string) => Promise<void>
  /** Makes the new release the current one: the moment from which the deployment counts. */
  readonly commit: (deployment: Deployment) => Promise<void>
  readonly timing: (procedure: string, milliseconds: number) => void
}

/** Never throws: what goes wrong is an event and an end state. With `left`, what a dead runner left is taken back. */
export async function runCourse<Deployment extends Runnable>(
  deployment: Deployment,
  course: Course<Deployment>,
  left: Fault | null = null,
): Promise<EndState> {
  const state = left ? await back(deployment, course, left, null) : await forward(deployment, course)
  deployment.ended = state
  deployment.listenAnew()
  for (const row of rowsOf(course, 'always')) {
    const fault = await tried(deployment, course, row)
    if (fault) deployment.emit({ type: 'note', level: 'warning', text: `${row.procedure} failed: ${fault.message}` })
  }
  return state
}

async function forward<Deployment extends Runnable>(
  deployment: Deployment,
  course: Course<Deployment>,
): Promise<EndState> {
  for (const row of rowsOf(course, undefined)) {
    const fault = await tried(deployment, course, row)
    if (fault) return back(deployment, course, fault, row.procedure)
  }
  try {
    course.journal.write('commit', 'begin')
    await course.commit(deployment)
    course.journal.write('commit', 'done')
    return 'succeeded'
  } catch (error) {
    return back(deployment, course, faultOf(error), 'commit')
  }
}

async function back<Deployment extends Runnable>(
  deployment: Deployment,
  course: Course<Deployment>,
  fault: Fault,
  procedure: string | null,
): Promise<EndState> {
  deployment.fault = fault
  deployment.failedProcedure = procedure
  deployment.emit({ type: 'fault', fault })
  deployment.listenAnew()
  course.journal.write(wayBack, 'begin')
  return goBack(deployment, course)
}

async function goBack<Deployment extends Runnable>(
  deployment: Deployment,
  course: Course<Deployment>,
): Promise<EndState> {
  let ran = false
  for (const row of rowsOf(course, 'error')) {
    ran ||= 'run' in row.row
    const fault = await tried(deployment, course, row)
    if (!fault) continue
    deployment.emit({ type: 'note', level: 'error', text: `THE ROLLBACK FAILED: ${fault.message} ${fault.wayOut}` })
    if (fault.detail) deployment.emit({ type: 'output', text: `${fault.detail}\n` })
    return 'rollback failed'
  }
  if (deployment.fault?.code === 'DEPLOYMENT_CANCELLED') return 'cancelled'
  if (deployment.fault?.code === 'INTERRUPTED') return 'interrupted'
  return ran ? 'rolled back' : 'failed'
}

/** A procedure with its state file, from begin to done. Throws what the step throws. */
export async function perform<Deployment extends Runnable>(
  deployment: Deployment,
  course: Pick<Course<Deployment>, 'procedures' | 'journal' | 'stateFile' | 'timing'>,
  name: string,
): Promise<void> {
  const procedure = course.procedures.get(name)
  if (!procedure) throw new CorpusError('INTERNAL', `There is no procedure ${name}.`)
  // Not performance.now(): a process that starts for this push would load its module first, 1 ms.
  const started = process.hrtime.bigint()
  const elapsed = () => Number((process.hrtime.bigint() - started) / 100_000n) / 10
  course.journal.write(name, 'begin')
  deployment.emit({ type: 'procedure', procedure: name, phase: 'begin' })
  try {
    await procedure.run(deployment)
    await course.stateFile(deployment, name)
    await procedure.after?.(deployment)
  } catch (error) {
    course.journal.write(name, 'failed')
    course.timing(name, elapsed())
    deployment.emit({ type: 'procedure', procedure: name, phase: 'failed', milliseconds: elapsed() })
    throw error
  }
  course.journal.write(name, 'done')
  course.timing(name, elapsed())
  deployment.emit({ type: 'procedure', procedure: name, phase: 'done', milliseconds: elapsed() })
}

async function tried<Deployment extends Runnable>(
  deployment: Deployment,
  course: Course<Deployment>,
  row: PlanRow,
): Promise<Fault | null> {
  if ('skip' in row.row) {
    deployment.emit({ type: 'procedure', procedure: row.procedure, phase: 'skipped', because: row.row.skip })
    return null
  }
  const onTheWay = course.procedures.get(row.procedure)?.when === undefined
  try {
    if (onTheWay) refuseWhenCancelled(deployment.signal)
    await perform(deployment, course, row.procedure)
    if (onTheWay) refuseWhenCancelled(deployment.signal)
    return null
  } catch (error) {
    // What a cancelled step says of its own end is noise: it was stopped.
    return onTheWay && deployment.signal.aborted ? cancelledFault() : faultOf(error)
  }
}

const rowsOf = <Deployment>(course: Course<Deployment>, when: 'error' | 'always' | undefined): readonly PlanRow[] =>
  course.rows.filter(row => course.procedures.get(row.procedure)?.when === when)

const cancelledFault = (): Fault => faultOf(new CorpusError('DEPLOYMENT_CANCELLED', 'The deployment was cancelled.'))

function refuseWhenCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new CorpusError('DEPLOYMENT_CANCELLED', 'The deployment was cancelled.')
}
