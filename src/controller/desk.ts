/** Decides what somebody from elsewhere may ask, asks it, and writes down what was changed. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { projectLayout } from '../kernel/layout.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import type { Store } from '../store/store.ts'
import { type Aim, machine, mayDo, onProject } from './may-do.ts'
import { readParams } from './params.ts'
import { standing, targetOf, withoutSecrets } from './recorded.ts'
import type { Asked, Further } from './request.ts'
import type { Caller, Right, Target } from './rights.ts'
import { requestToRun, type Told, told } from './told.ts'

export interface Question {
  readonly request: string
  readonly given: Readonly<Record<string, unknown>>
  readonly caller: Caller
  /** `http 192.0.2.7` */
  readonly from: string
  readonly requestId: string
  readonly idempotencyKey?: string
}

/** What a request answered, or the job that it is now. */
export type Reply =
  | { readonly kind: 'answer'; readonly told: Told; readonly answer: unknown }
  | { readonly kind: 'job'; readonly id: string }

/** What is declared of a request, without what it does. */
export const toldNamed = (name: string): Told | undefined => told.find(one => one.name === name)

/** Throws what the request throws; before it PROJECT_UNKNOWN, JOB_UNKNOWN, RIGHT_MISSING, USAGE. */
export async function answerQuestion(asked: Asked & { readonly store: Store }, question: Question): Promise<Reply> {
  const wanted = toldNamed(question.request)
  if (wanted === undefined) throw new CorpusError('ROUTE_UNKNOWN', 'There is nothing of that kind to be asked.')
  if (wanted.kind === 'read') {
    const { request, params } = await authorized(asked, wanted, question)
    return { kind: 'answer', told: wanted, answer: await request.run(asked, params, question.caller) }
  }
  const { appendAudit } = await import('../store/audit.ts')
  const { caller, from, requestId, given } = question
  const line = { who: caller.name, from, request: wanted.name, target: targetOf(given), requestId }
  try {
    const { request, params } = await authorized(asked, wanted, question)
    const before = await standing(asked, request, params)
    const reply = await changed(asked, wanted, { request, params }, question)
    const after = request.stands === undefined ? withoutSecrets(wanted, given) : await standing(asked, request, params)
    const outcome = reply.kind === 'job' ? `began ${reply.id}` : 'succeeded'
    await appendAudit(asked.store, { ...line, before, after, outcome })
    return reply
  } catch (error) {
    const { code } = faultOf(error)
    const isRefusal = ['RIGHT_MISSING', 'PROJECT_UNKNOWN', 'JOB_UNKNOWN'].includes(code)
    const outcome = `${isRefusal ? 'refused' : 'failed'} ${code}`
    await appendAudit(asked.store, { ...line, after: withoutSecrets(wanted, given), outcome })
    throw error
  }
}

/** Of a command that is run where it was asked; that it was refused has its line in the audit. Throws PROJECT_UNKNOWN, JOB_UNKNOWN, RIGHT_MISSING. */
export async function mustBeAllowed(asked: Asked & { readonly store: Store }, question: Question): Promise<void> {
  const { caller, from, requestId, given, request } = question
  const wanted = toldNamed(request)
  if (wanted === undefined) throw new CorpusError('ROUTE_UNKNOWN', 'There is nothing of that kind to be asked.')
  try {
    await authorize(asked, wanted, caller, given)
  } catch (error) {
    const { appendAudit } = await import('../store/audit.ts')
    const line = { who: caller.name, from, request, target: targetOf(given), requestId }
    const outcome = `refused ${faultOf(error).code}`
    await appendAudit(asked.store, { ...line, after: withoutSecrets(wanted, given), outcome })
    throw error
  }
}

interface Authorized {
  readonly request: Awaited<ReturnType<typeof requestToRun>>
  readonly params: Readonly<Record<string, unknown>>
}

async function authorized(
  asked: Asked & { readonly store: Store },
  wanted: Told,
  { caller, given }: Question,
): Promise<Authorized> {
  await authorize(asked, wanted, caller, given)
  return { params: readParams(wanted.params, given), request: await requestToRun(wanted.name) }
}

async function changed(
  asked: Asked & { readonly store: Store },
  wanted: Told,
  { request, params }: Authorized,
  question: Question,
): Promise<Reply> {
  const { caller, from } = question
  const idempotency = idempotencyOf(wanted, params, question)
  if (request.begin !== undefined) {
    const { startJob } = await import('./jobs.ts')
    const job = { request: wanted.name, begin: request.begin, params, from, ...(idempotency ? { idempotency } : {}) }
    return { kind: 'job', id: (await startJob(asked, asked.store, caller, job)).id }
  }
  const work = async () => {
    // What takes the project's lock asks once more behind it.
    await asked.matches?.()
    return request.run(asked, params, caller)
  }
  if (idempotency === undefined) return { kind: 'answer', told: wanted, answer: await work() }
  const { onlyOnce } = await import('./only-once.ts')
  const answer = await onlyOnce(asked.store, { ...question, ...idempotency }, work)
  return { kind: 'answer', told: wanted, answer }
}

/** Who may not see a thing is told that there is none; who may only see it, that more is needed. */
async function authorize(
  asked: Asked & { readonly store: Store },
  wanted: Told,
  caller: Caller,
  given: Readonly<Record<string, unknown>>,
): Promise<void> {
  const [right, target] = wanted.right.split(' on ') as [Right, Target]
  // What is listed is what one may see, one by one.
  if (target === 'each project' || isOwn(wanted, caller, given)) return
  const further = Object.entries(wanted.more ?? {}).flatMap(([param, more]) =>
    given[param] === undefined ? [] : [more],
  )
  // What names places of the machine is about the machine, whatever project it names beside them.
  if (further.includes('admin on machine') && mayDo(caller, 'admin', machine)) return
  const aim =
    target === 'project'
      ? projectAim(asked, caller, given['name'])
      : target === 'job'
        ? await jobAim(asked, caller, given['id'])
        : machine
  for (const one of [right, ...further]) need(caller, one, aim)
  if (!Object.values(wanted.params.properties).some(({ settings }) => settings !== undefined)) return
  const { neededForSettings } = await import('./setting-rights.ts')
  for (const { right: one, setting } of await neededForSettings(wanted.params, given)) need(caller, one, aim, setting)
}

/** Throws RIGHT_MISSING. */
function need(caller: Caller, right: Further, aim: Aim, setting?: string): void {
  const [wanted, there] = right === 'admin on machine' ? (['admin', machine] as const) : [right, aim]
  if (mayDo(caller, wanted, there)) return
  const place = there.kind === 'machine' ? 'this machine' : there.name
  const what = setting === undefined ? '' : `, which the setting ${shown(setting)} takes`
  throw new CorpusError('RIGHT_MISSING', `${caller.name} lacks the right ${wanted} on ${place}${what}.`)
}

/** A token makes no other one, which would outlive it; it may end itself. */
function isOwn({ own }: Told, { name, held }: Caller, given: Readonly<Record<string, unknown>>): boolean {
  if (own === 'user') return given['name'] === name && held?.token === null
  return own === 'token' && held?.token?.id !== undefined && given['id'] === held.token.id
}

/** Nothing is said of what names are near to it. Throws PROJECT_UNKNOWN. */
function projectAim({ root }: Asked, caller: Caller, name: unknown): Aim {
  const text = typeof name === 'string' ? name : ''
  if (isProjectName(text) && mayDo(caller, 'see', onProject(text)) && existsSync(projectLayout(root, text).projectGit))
    return onProject(text)
  throw new CorpusError('PROJECT_UNKNOWN', `There is no project ${shown(text)}.`)
}

/** Throws JOB_UNKNOWN. */
async function jobAim(asked: Asked & { readonly store: Store }, caller: Caller, id: unknown): Promise<Aim> {
  const text = typeof id === 'string' ? id : ''
  const { projectOfJob } = await import('./jobs.ts')
  const project = await projectOfJob(asked, asked.store, text)
  const aim = project === null ? machine : onProject(project)
  if (!mayDo(caller, 'see', aim)) throw new CorpusError('JOB_UNKNOWN', `There is no job ${shown(text)}.`)
  return aim
}

/** The same key has to be for the same. Throws USAGE. */
function idempotencyOf(
  { name }: Told,
  params: Readonly<Record<string, unknown>>,
  { idempotencyKey: key }: Question,
): { readonly key: string; readonly digest: string } | undefined {
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,200}$/.test(key))
    throw new CorpusError('USAGE', 'The Idempotency-Key is 1 to 200 plain letters.')
  const sorted = Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)))
  return {
    key,
    digest: createHash('sha256')
      .update(JSON.stringify([name, sorted]))
      .digest('hex'),
  }
}
