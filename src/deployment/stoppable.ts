/** The way back after a fault: a cancel stops what of the project runs there, and the release before comes back all the same. */
import { appendFileSync } from 'node:fs'
import { textIfThere } from '../kernel/files.ts'
import { type Deployment, note } from './deployment.ts'

/**
 * Runs something that the project brings (`what` names it). Returns whether it came to its end: on the way back a cancel
 * stops it and nothing else, and one that had to be killed for it is not begun again. Throws what `run` throws.
 */
export async function stoppable(deployment: Deployment, what: string, run: () => Promise<void>): Promise<boolean> {
  if (deployment.fault === null) {
    await run()
    return true
  }
  if (killedParts(deployment).includes(what)) {
    tellStopped(deployment, what)
    return false
  }
  deployment.listenAnew()
  try {
    await run()
    return true
  } catch (error) {
    if (!deployment.signal.aborted) throw error
    tellStopped(deployment, what)
    return false
  } finally {
    deployment.listenAnew()
  }
}

/** Only the way forward ends with a cancel: going back has limits of its own. */
export const signalOfTheWayForward = (deployment: Deployment): { signal?: AbortSignal } =>
  deployment.fault === null ? { signal: deployment.signal } : {}

/** For who killed the runner because a part did not heed. */
export function rememberKilled(file: string, what: string): void {
  appendFileSync(file, `${what}\n`)
}

const killedParts = ({ layout, release }: Deployment): string[] =>
  (textIfThere(layout.deployment(release).killed) ?? '').split('\n')

/** In the log, and beside the fault in the history: what it was to do may be half done. */
function tellStopped(deployment: Deployment, what: string): void {
  const sentence = `${what} was stopped by a cancel before its end; going back went on without it`
  note(deployment, sentence, 'warning')
  const { fault } = deployment
  if (fault) deployment.outcome.fault = { ...fault, detail: [fault.detail, sentence].filter(Boolean).join('\n') }
}
