/** The desk: holds the store, and asks the controller in the name of whoever hands over a credential that counts. */
import { answerText } from '../controller/answer.ts'
import { answerQuestion } from '../controller/desk.ts'
import { resumeJobs } from '../controller/jobs.ts'
import type { Asked } from '../controller/request.ts'
import type { Caller } from '../controller/rights.ts'
import { openForServing, type ServingStore } from '../controller/serving-store.ts'
import { callerOfPassword, callerOfToken } from '../controller/who.ts'
import { CorpusError } from '../kernel/errors.ts'
import { isReleaseId, releaseId } from '../kernel/names.ts'
import { pack } from '../statefiles/wire.ts'
import { type Answered, type Asking, api, type Credential, type Desk, type Said } from './asking.ts'
import { failureLimit } from './failure-limit.ts'
import { faultAnswer } from './faults.ts'

const resumeEveryMilliseconds = 10_000

/** Throws STORE_…. */
export async function openDesk(context: Asked): Promise<Desk & { close(): Promise<void> }> {
  const serving = await openForServing(context.root)
  const asked = { ...context, store: serving.store }
  await resumeJobs(asked, serving.store)
  const resuming = setInterval(() => void resumeJobs(asked, serving.store).catch(() => {}), resumeEveryMilliseconds)
  resuming.unref()
  const limit = failureLimit()
  return {
    async ask(asking, signal, say) {
      try {
        const caller = await whoAsks(serving, limit, asking)
        const onTheWay = say === undefined ? {} : telling(asking, say)
        return await reply({ ...asked, ...onTheWay, signal }, caller, asking)
      } catch (error) {
        return faultAnswer(error, asking.requestId)
      }
    },
    async close() {
      clearInterval(resuming)
      await serving.store.close()
    },
  }
}

/** What comes to light, in the way in which Python's values survive; a log with the place behind it. */
function telling({ onTheWay }: Asking, say: (said: Said) => void): Pick<Asked, 'tell' | 'warn' | 'after'> {
  const [, release = '', offset] = /^(\S+):(\d{1,15})$/.exec(onTheWay?.after ?? '') ?? []
  return {
    tell(one) {
      const place = one.kind === 'log' ? one.behind : undefined
      const id = place === undefined ? {} : { id: `${place.release}:${place.offset}` }
      say({ event: 'telling', data: JSON.stringify(pack(one)), ...id })
    },
    warn: sentence => say({ event: 'warning', data: JSON.stringify(sentence) }),
    ...(isReleaseId(release) ? { after: { release: releaseId(release), offset: Number(offset) } } : {}),
  }
}

async function reply(
  asked: Asked & Pick<ServingStore, 'store'>,
  caller: Caller,
  { request, given, address, requestId, idempotencyKey }: Asking,
): Promise<Answered> {
  const question = { request, given, caller, from: `http ${address}`, requestId }
  const replied = await answerQuestion(asked, idempotencyKey === undefined ? question : { ...question, idempotencyKey })
  if (replied.kind === 'job')
    return {
      status: 202,
      body: `${JSON.stringify({ job: replied.id })}\n`,
      type: 'application/json',
      location: `${api}/jobs/${replied.id}`,
    }
  const { told, answer } = replied
  const type = told.json === 'lines' ? 'application/x-ndjson' : 'application/json'
  return { status: 200, body: await answerText(told, answer), type }
}

/** Throws CREDENTIAL_REFUSED, TOO_MANY_FAILURES. */
async function whoAsks(
  { store, writeRefusal }: ServingStore,
  limit: ReturnType<typeof failureLimit>,
  { credential, address, requestId, request }: Asking,
): Promise<Caller> {
  if (credential === null) throw new CorpusError('CREDENTIAL_REFUSED', 'No credential was sent.')
  const counted = credential.kind === 'basic' ? [address, `name ${credential.name}`] : [address]
  const isReached = limit.isReached(counted)
  // Nobody guesses a token, and it is compared at once: whoever has one is not locked out by others. Passwords are guessed.
  if (isReached && isPassword(credential)) throw new CorpusError('TOO_MANY_FAILURES', 'Too many passwords were wrong.')
  // Counted before it is compared: of many at once, no more are compared than may fail.
  limit.count(counted)
  const caller = await callerOf(store, credential)
  if (caller !== undefined) {
    limit.forgive(counted)
    return caller
  }
  // Many that do not count fill no disk.
  if (isReached) throw notCounting()
  const who = credential.kind === 'basic' ? `? ${credential.name}` : '?'
  await writeRefusal({ who, from: `http ${address}`, request, requestId })
  throw notCounting()
}

const notCounting = (): CorpusError => new CorpusError('CREDENTIAL_REFUSED', 'The credential does not count.')

const isPassword = (credential: Credential): boolean =>
  credential.kind === 'basic' && !credential.secret.startsWith('corpus.')

/** In place of a password, git and its like send a token. */
async function callerOf(store: ServingStore['store'], credential: Credential): Promise<Caller | undefined> {
  if (credential.kind === 'bearer') return callerOfToken(store, credential.text)
  const { name, secret } = credential
  return isPassword(credential) ? callerOfPassword(store, name, secret) : callerOfToken(store, secret, name)
}
