/** Decides what somebody from elsewhere may ask, asks it, and writes down what was changed. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { projectLayout } from '../kernel/layout.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import type { Store } from '../store/store.ts'
import { type Aim, machine, mayDo, onProject } from './may-do.ts'
import { readParams } from './params.ts'
import type { Asked } from './request.ts'
import type { Caller, Right, Target } from './rights.ts'
import { type ParamShape, requestToRun, type Told, told } from './told.ts'

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

const toldNamed = (name: string): Told | undefined => told.find(one => one.name === name)

/** Throws what the request throws; before it PROJECT_UNKNOWN, JOB_UNKNOWN, RIGHT_MISSING, USAGE. */
export async function answerQuestion(asked: Asked & { readonly store: Store }, question: Question): Promise<Reply> {
  const wanted = toldNamed(question.request)
  if (wanted === undefined) throw new CorpusError('ROUTE_UNKNOWN', 'There is nothing of that kind to be asked.')
  if (wanted.kind === 'read') return answered(asked, wanted, question)
  const { appendAudit } = await import('../store/audit.ts')
  const { caller, from, requestId, given } = question
  const line = {
    who: caller.name,
    from,
    request: wanted.name,
    target: targetOf(given),
    after: withoutSecrets(wanted, given),
    requestId,
  }
  try {
    const reply = await answered(asked, wanted, question)
    await appendAudit(asked.store, { ...line, outcome: reply.kind === 'job' ? `began ${reply.id}` : 'succeeded' })
    return reply
  } catch (error) {
    const { code } = faultOf(error)
    const isRefusal = ['RIGHT_MISSING', 'PROJECT_UNKNOWN', 'JOB_UNKNOWN'].includes(code)
    await appendAudit(asked.store, { ...line, outcome: `${isRefusal ? 'refused' : 'failed'} ${code}` })
    throw error
  }
}

async function answered(asked: Asked & { readonly store: Store }, wanted: Told, question: Question): Promise<Reply> {
  const { caller, given } = question
  await authorize(asked, wanted, caller, given)
  const params = readParams(wanted.params, given)
  const request = await requestToRun(wanted.name)
  const idempotency = idempotencyOf(wanted, params, question)
  if (request.begin !== undefined) {
    const { startJob } = await import('./jobs.ts')
    const { id } = await startJob(asked, asked.store, caller, {
      request: wanted.name,
      begin: request.begin,
      params,
      from: question.from,
      ...(idempotency ? { idempotency } : {}),
    })
    return { kind: 'job', id }
  }
  if (idempotency === undefined || wanted.kind === 'read')
    return { kind: 'answer', told: wanted, answer: await request.run(asked, params, caller) }
  const { onlyOnce } = await import('./only-once.ts')
  const answer = await onlyOnce(asked.store, { ...question, ...idempotency }, () => request.run(asked, params, caller))
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
  const aim =
    target === 'project'
      ? projectAim(asked, caller, given['name'])
      : target === 'job'
        ? await jobAim(asked, caller, given['id'])
        : machine
  const further = Object.entries(wanted.more ?? {}).flatMap(([param, more]) =>
    given[param] === undefined ? [] : [more],
  )
  for (const one of [right, ...further])
    if (!mayDo(caller, one, aim))
      throw new CorpusError(
        'RIGHT_MISSING',
        `${caller.name} lacks the right ${one} on ${aim.kind === 'machine' ? 'this machine' : aim.name}.`,
      )
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

const targetOf = (given: Readonly<Record<string, unknown>>): string | null => {
  const name = given['name'] ?? given['id']
  return typeof name === 'string' ? name.slice(0, 100) : null
}

/** What was asked, as it may be kept: of variables and settings their names, of a command its program, of a file nothing. */
function withoutSecrets({ params }: Told, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(given).map(([name, value]): [string, unknown] => {
    const shape = params.properties[name]
    return shape === undefined ? [name.slice(0, 100), hidden] : [name, keepable(shape, value)]
  })
  return Object.fromEntries(kept)
}

const hidden = '********'

function keepable(shape: ParamShape, value: unknown): unknown {
  if (shape.stdin) return hidden
  if (shape.passesOn) return Array.isArray(value) ? value.slice(0, 1) : hidden
  const label = `${shape.word ?? ''} ${shape.flag ?? ''}`
  if (label.includes('=') || shape.type === 'object') {
    if (Array.isArray(value)) return value.map(one => String(one).replace(/=.*$/s, `=${hidden}`).slice(0, 200))
    return typeof value === 'object' && value !== null ? Object.keys(value) : hidden
  }
  if (shape.contents !== undefined) return hidden
  if (typeof value === 'string') return value.slice(0, 1000)
  if (Array.isArray(value))
    return value.slice(0, 100).map(one => (typeof one === 'string' ? one.slice(0, 200) : hidden))
  return typeof value === 'object' ? hidden : value
}

/** The same key has to be for the same. Throws USAGE. */
function idempotencyOf(
  { name, kind }: Told,
  params: Readonly<Record<string, unknown>>,
  { idempotencyKey: key }: Question,
): { readonly key: string; readonly digest: string } | undefined {
  if (key === undefined || kind === 'read') return undefined
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
