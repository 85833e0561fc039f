/** Brings a controller to what a file says of it: change by change, each with its line in the audit. */
import { CorpusError, faultOf } from '../../kernel/errors.ts'
import { rootLayout } from '../../kernel/layout.ts'
import { waitForLock } from '../../shell/lock.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../people.ts'
import type { Asked } from '../request.ts'
import type { Caller } from '../rights.ts'
import { type Change, lineOf, toldOfChange } from './change.ts'
import { type FileChoice, type FilePlan, planOf } from './plan.ts'

const waitSeconds = 60

/** Two at once follow one another, and the second finds what the first has done. Throws FILE_INVALID, APPLY_HALF_DONE, APPLY_BUSY. */
export async function applyFile(asked: Asked, caller: Caller, choice: FileChoice): Promise<FilePlan> {
  // What cannot be is told at once, also where another has the lock.
  await planOf(asked, caller, choice)
  const { ensureRoot } = await import('../init.ts')
  ensureRoot(asked.root)
  const lock = await waitForLock(rootLayout(asked.root).applyLock, waitSeconds)
  if (lock === null) throw new CorpusError('APPLY_BUSY', 'Another `corpus apply` is under way.')
  try {
    const plan = await planOf(asked, caller, choice)
    await withStoreWhenNeeded(asked, store => carryOutAll(asked, caller, plan.changes, store))
    return plan
  } finally {
    lock.release()
  }
}

async function carryOutAll(
  asked: Asked,
  caller: Caller,
  changes: readonly Change[],
  store: () => Promise<Store>,
): Promise<void> {
  // What cannot be written down is not begun.
  if (changes.length > 0) await store()
  for (const [at, change] of changes.entries()) {
    try {
      await recorded(caller, change, store, () => change.carryOut({ asked, caller, store }))
      asked.tell?.({ kind: 'change', change: toldOfChange(change) })
    } catch (error) {
      throw halfDone(changes, at, error)
    }
  }
}

async function recorded(
  caller: Caller,
  change: Change,
  store: () => Promise<Store>,
  work: () => Promise<void>,
): Promise<void> {
  const { appendAudit } = await import('../../store/audit.ts')
  const { action, kind, name, fields } = toldOfChange(change)
  const line = {
    who: caller.name,
    from: caller.from,
    request: `apply: ${action} ${kind}`,
    target: name,
    before: Object.fromEntries(fields.flatMap(one => ('before' in one ? [[one.key, one.before]] : []))),
    after: Object.fromEntries(fields.flatMap(one => ('after' in one ? [[one.key, one.after]] : []))),
  }
  try {
    await work()
  } catch (error) {
    await appendAudit(await store(), { ...line, outcome: `failed ${faultOf(error).code}` }).catch(() => {})
    throw error
  }
  await appendAudit(await store(), { ...line, outcome: 'succeeded' })
}

const mostLines = 200

function halfDone(changes: readonly Change[], at: number, cause: unknown): CorpusError {
  const { message, code, detail = '' } = faultOf(cause)
  const failed = changes[at]
  const lines = (some: readonly Change[]) => [
    ...some.slice(0, mostLines).map(one => `  ${lineOf(one)}`),
    ...(some.length > mostLines ? [`  and ${some.length - mostLines} more`] : []),
  ]
  const text = [
    ...(at === 0 ? [] : ['done:', ...lines(changes.slice(0, at))]),
    'failed:',
    `  ${failed === undefined ? '' : lineOf(failed)}`,
    `    ${message} (${code})`,
    ...(detail === '' ? [] : [detail.trimEnd().replace(/^/gm, '    ')]),
    ...(at + 1 === changes.length ? [] : ['not done:', ...lines(changes.slice(at + 1))]),
  ]
  return new CorpusError(
    'APPLY_HALF_DONE',
    `${at} of ${changes.length} changes were made; then one failed: ${message}`,
    {
      detail: text.join('\n'),
      cause,
    },
  )
}

/** Opened with the first change that is made. */
async function withStoreWhenNeeded(asked: Asked, work: (store: () => Promise<Store>) => Promise<void>): Promise<void> {
  let isOver = () => {}
  let opened: Promise<Store> | undefined
  let closed: Promise<void> | undefined
  const open = () =>
    new Promise<Store>((resolve, reject) => {
      closed = withStore(asked, store => {
        resolve(store)
        return new Promise<void>(done => {
          isOver = done
        })
      })
      closed.catch(reject)
    })
  try {
    await work(() => (opened ??= open()))
  } finally {
    isOver()
    await closed?.catch(() => {})
  }
}
