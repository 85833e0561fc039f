/** Runs the state file of a procedure: the engine is loaded only where there is something in the file. */
import { existsSync } from 'node:fs'
import { type Deployment, note } from '../deployment/deployment.ts'
import { saltFolderOf } from '../deployment/release-salt.ts'
import { stoppable } from '../deployment/stoppable.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { Procedure } from '../pipeline/procedure.ts'
import { hasWork, textOfState } from '../project/has-work.ts'

/** Runs `.salt/<procedure>.sls`, of the tree that the procedure says. Throws STATES_INVALID or STATES_FAILED. */
export async function runProcedureFile(
  deployment: Deployment,
  { name: procedure, stateFile }: Pick<Procedure<Deployment>, 'name' | 'stateFile'>,
): Promise<void> {
  if (stateFile === 'none') return
  const { layout, mode, tree, previous } = deployment
  const salt = saltFolderOf({ layout, mode, tree: stateFile === 'previous' ? (previous?.tree ?? null) : tree })
  if (salt === null) return
  const text = textOfState(salt, procedure)
  if (text === undefined) {
    if (existsSync(salt)) note(deployment, `.salt/${procedure}.sls is not there: taken as empty`, 'notice')
    return
  }
  if (hasWork(text)) await runStateFile(deployment, salt, procedure)
}

/** Runs one state file, named without its ending, of a folder. Returns false where a cancel stopped it on the way back. */
export async function runStateFile(deployment: Deployment, salt: string, sls: string): Promise<boolean> {
  const file = `${sls}.sls`
  return stoppable(deployment, file, async () => {
    deployment.journal.write(file, 'begin')
    try {
      await applied(deployment, salt, sls)
      deployment.journal.write(file, 'done')
    } catch (error) {
      deployment.journal.write(file, 'failed')
      throw error
    }
  })
}

async function applied(deployment: Deployment, salt: string, sls: string): Promise<void> {
  const { applyProjectStates } = await import('./apply.ts')
  const { failed, kept } = await applyProjectStates(deployment, salt, [sls])
  if (failed.length === 0) return
  const shown = failed.slice(0, 5).join('\n')
  const more = failed.length > 5 ? `\n… and ${failed.length - 5} more` : ''
  const left = kept === 0 ? '' : `, and ${kept} more did not run because of that`
  throw new CorpusError(
    'STATES_FAILED',
    `${failed.length} state${failed.length === 1 ? '' : 's'} of ${sls}.sls failed${left}.`,
    { detail: `${shown}${more}` },
  )
}
