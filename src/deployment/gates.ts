/** What a deployment passes before its first step: no freeze window, checks that answer well, and the approval of a second user. */
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { ProcedureName } from '../kernel/procedure-names.ts'
import type { Request } from '../pipeline/queue.ts'
import type { Dict } from '../salt/python/dict.ts'
import { type Deployment, note } from './deployment.ts'

/** Throws FREEZE_WINDOW, CHECK_REFUSED, APPROVAL_NEEDED, GATES_INVALID. */
export async function passGates(deployment: Deployment): Promise<void> {
  const { cfg, request, layout } = deployment
  if (isAlwaysLetThrough(request) || !hasGates(cfg)) return
  const { freezeWindows } = await import('./freeze-windows.ts')
  const { requiredChecks, whyNot } = await import('./required-checks.ts')
  const window = freezeWindows(settingOf(cfg, 'freeze')).find(one => one.isOpen(new Date()))
  if (window !== undefined)
    throw new CorpusError(
      'FREEZE_WINDOW',
      `Nothing is deployed to ${layout.name} from ${window.from} to ${window.to}.`,
      {
        detail: window.because,
      },
    )
  const { shell, account, signal } = deployment
  for (const check of requiredChecks(settingOf(cfg, 'required_checks'))) {
    const why = await whyNot(check, { shell, account, folder: '/', signal })
    if (why !== null) throw new CorpusError('CHECK_REFUSED', `${check.name}: ${why}.`)
    note(deployment, `${check.name}: as it should be`)
  }
  if (settingOf(cfg, 'protected') !== true) return
  if (request.approved_by === undefined)
    throw new CorpusError('APPROVAL_NEEDED', `${layout.name} is protected: a second user has to approve this.`)
  note(deployment, `approved by ${request.approved_by}`)
}

/** Throws GATES_INVALID. */
export async function checkGates(cfg: Dict): Promise<void> {
  if (!hasGates(cfg)) return
  const { freezeWindows } = await import('./freeze-windows.ts')
  const { requiredChecks } = await import('./required-checks.ts')
  freezeWindows(settingOf(cfg, 'freeze'))
  requiredChecks(settingOf(cfg, 'required_checks'))
}

const hasGates = (cfg: Dict): boolean =>
  settingOf(cfg, 'protected') === true ||
  settingOf(cfg, 'freeze') !== null ||
  settingOf(cfg, 'required_checks') !== null

const activation: ProcedureName = 'activate'

/** Going back leads to what was let through before, and whoever goes back has no time; what runs is started anew, or more often, as it is. */
const isAlwaysLetThrough = ({ kind, only, plan }: Request): boolean =>
  kind === 'rollback' || plan === true || (kind === 'procedure' && only?.every(one => one === activation) === true)
