/** The desk: holds the store, and asks the controller in the name of whoever hands over a credential that counts. */
import { answerText } from '../controller/answer.ts'
import { answerQuestion, type Question, toldNamed } from '../controller/desk.ts'
import { resumeJobs } from '../controller/jobs.ts'
import { pageAsked, pageOf } from '../controller/page.ts'
import type { Asked } from '../controller/request.ts'
import type { Caller } from '../controller/rights.ts'
import { openForServing, type ServingStore } from '../controller/serving-store.ts'
import { callerOfPassword, callerOfToken } from '../controller/who.ts'
import { CorpusError, catalogue, type ErrorCode } from '../kernel/errors.ts'
import { isReleaseId, releaseId } from '../kernel/names.ts'
import { pack } from '../statefiles/wire.ts'
import { type Answered, type Asking, allowedTools, api, type Credential, type Desk, type Said } from './asking.ts'
import { answerAuth, callerInSession, isAuth, tellOfFault } from './auth-desk.ts'
import { etagOf, isNamed } from './etag.ts'
import { failureLimit } from './failure-limit.ts'
import { faultAnswer } from './faults.ts'
import { type DecidingDesk, decidingDesk } from './git-desk.ts'

const resumeEveryMilliseconds = 10_000

export interface OpenDesk extends Desk {
  readonly git: DecidingDesk
  readonly serving: ServingStore
  close(): Promise<void>
}

/** Throws STORE_…. */
export async function openDesk(context: Asked): Promise<OpenDesk> {
  const serving = await openForServing(context.root)
  const asked = { ...context, store: serving.store }
  await resumeJobs(asked, serving.store)
  const resuming = setInterval(() => void resumeJobs(asked, serving.store).catch(() => {}), resumeEveryMilliseconds)
  resuming.unref()
  const limit = failureLimit()
  const odd = failureLimit()
  const git = decidingDesk({
    asked,
    serving,
    whoAsks: asking => whoAsks(serving, limit, asking),
    async writeNobody(refusal, address) {
      if (limit.isReached([address])) return
      limit.count([address])
      await serving.writeRefusal(refusal)
    },
  })
  return {
    git,
    serving,
    async ask(asking, signal, say) {
      try {
        if (asking.refused !== undefined) return await writtenDown(serving, odd, asking)
        if (isAuth(asking.request))
          return await answerAuth(serving, asking, limit, credential =>
            whoAsks(serving, limit, { ...asking, credential }),
          )
        const caller = await whoAsks(serving, limit, asking)
        const onTheWay = say === undefined ? {} : telling(asking, say)
        return await reply({ ...asked, ...onTheWay, signal }, caller, asking)
      } catch (error) {
        return faultAnswer(error, asking.requestId)
      }
    },
    async close() {
      clearInterval(resuming)
      await git.close()
      await serving.store.close()
    },
  }
}

/** What was refused where it came in; of many from one place, as many as tell that it is so. */
async function writtenDown(
  { writeRefusal }: ServingStore,
  odd: ReturnType<typeof failureLimit>,
  { address, request, requestId, refused }: Asking,
): Promise<Answered> {
  const code = refused !== undefined && Object.hasOwn(catalogue, refused) ? (refused as ErrorCode) : 'USAGE'
  if (!odd.isReached([address])) {
    odd.count([address])
    await writeRefusal({ who: '?', from: `http ${address}`, request: request.slice(0, 100), requestId, code })
  }
  return { status: 204, body: '', type: 'application/json' }
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

async function reply(asked: Asked & Pick<ServingStore, 'store'>, caller: Caller, asking: Asking): Promise<Answered> {
  const { request, requestId, idempotencyKey, ifMatch, ifNoneMatch } = asking
  if (request === allowedTools && asking.via === 'mcp') {
    const names =
      asking.given['listed'] === true ? (await import('../controller/allowed.ts')).requestsAllowed(asked, caller) : []
    return { status: 200, body: JSON.stringify(names), type: 'application/json' }
  }
  const { given, page } = pageAsked(toldNamed(request) ?? {}, asking.given)
  const question = { request, given, caller, from: cameFrom(asking), requestId }
  const matches = () => mustMatch(asked, question, ifMatch ?? '')
  const replied = await answerQuestion(ifMatch === undefined ? asked : { ...asked, matches }, {
    ...question,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  if (replied.kind === 'job')
    return {
      status: 202,
      body: `${JSON.stringify({ job: replied.id })}\n`,
      type: 'application/json',
      location: `${api}/jobs/${replied.id}`,
    }
  const { told } = replied
  const { answer, next } = pageOf(told, page, replied.answer, given)
  const type = told.json === 'lines' ? 'application/x-ndjson' : 'application/json'
  const said = { status: 200, body: await answerText(told, answer), type } as const
  if (told.kind !== 'read') return said
  const etag = etagOf(said.body)
  const known = { etag, ...(next === null ? {} : { next }) }
  if (ifNoneMatch !== undefined && isNamed(ifNoneMatch, etag)) return { ...said, ...known, status: 304, body: '' }
  return { ...said, ...known }
}

/** What the request reads that is declared to read what this one changes. Throws USAGE, PRECONDITION_FAILED. */
async function mustMatch(
  asked: Asked & Pick<ServingStore, 'store'>,
  { request, given, ...question }: Question,
  ifMatch: string,
): Promise<void> {
  const read = toldNamed(request)?.changes
  if (read === undefined) throw new CorpusError('USAGE', 'There is nothing here that If-Match could be of.')
  const replied = await answerQuestion(asked, { ...question, request: read, given: { name: given['name'] } })
  if (replied.kind !== 'answer' || !isNamed(ifMatch, etagOf(await answerText(replied.told, replied.answer))))
    throw new CorpusError('PRECONDITION_FAILED', 'It is not as it was when it was read.')
}

/** Throws CREDENTIAL_REFUSED, TOO_MANY_FAILURES, SESSION_ENDED, CSRF_REFUSED, DIRECTORY_UNREACHABLE, USER_TAKEN. */
async function whoAsks(
  serving: ServingStore,
  limit: ReturnType<typeof failureLimit>,
  asking: Pick<Asking, 'credential' | 'address' | 'requestId' | 'request' | 'via'>,
): Promise<Caller> {
  const { credential, address, requestId, request } = asking
  if (credential === null) throw new CorpusError('CREDENTIAL_REFUSED', 'No credential was sent.')
  if (credential.kind === 'session') return callerInSession(serving, asking, credential)
  // A directory takes Ann and ANN for one.
  const counted = credential.kind === 'basic' ? [address, `name ${credential.name.toLowerCase()}`] : [address]
  const isReached = limit.isReached(counted)
  // Nobody guesses a token, and it is compared at once: whoever has one is not locked out by others. Passwords are guessed.
  if (isReached && isPassword(credential)) throw new CorpusError('TOO_MANY_FAILURES', 'Too many passwords were wrong.')
  // Counted before it is compared: of many at once, no more are compared than may fail.
  limit.count(counted)
  const who = credential.kind === 'basic' ? `? ${credential.name}` : '?'
  const refusal = { who, from: cameFrom(asking), request, requestId }
  const caller = await callerOf(serving, credential).catch(async (error: unknown) => {
    // Nobody's guess was wrong.
    limit.forgive(counted)
    await tellOfFault(serving, limit, refusal, error)
    throw error
  })
  if (caller !== undefined) {
    limit.forgive(counted)
    return caller
  }
  // Many that do not count fill no disk.
  if (isReached) throw notCounting()
  await serving.writeRefusal(refusal)
  throw notCounting()
}

const cameFrom = ({ via, address }: Pick<Asking, 'via' | 'address'>): string =>
  `${via === 'mcp' ? via : 'http'} ${address}`

const notCounting = (): CorpusError => new CorpusError('CREDENTIAL_REFUSED', 'The credential does not count.')

const isPassword = (credential: Credential): boolean =>
  credential.kind === 'basic' && !credential.secret.startsWith('corpus.')

/** In place of a password, git and its like send a token. */
async function callerOf(
  serving: ServingStore,
  credential: Exclude<Credential, { readonly kind: 'session' }>,
): Promise<Caller | undefined> {
  if (credential.kind === 'bearer') return callerOfToken(serving, credential.text)
  const { name, secret } = credential
  return isPassword(credential) ? callerOfPassword(serving, name, secret) : callerOfToken(serving, secret, name)
}
