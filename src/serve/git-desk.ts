/** The desk, where git asks: looks up who it is and what they may, and starts the git that does it. */
import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { type AllowedGit, allowedGit, type GitAsked, writeGit } from '../controller/git-asked.ts'
import type { Asked } from '../controller/request.ts'
import type { Caller } from '../controller/rights.ts'
import type { ServingStore } from '../controller/serving-store.ts'
import { CorpusError } from '../kernel/errors.ts'
import { type OnStreams, startOnStreams } from '../shell/on-streams.ts'
import type { Command } from '../shell/shell.ts'
import type { Answered } from './asking.ts'
import { faultAnswer } from './faults.ts'
import type { GitAsking, GitDesk, GitEnd } from './git-asking.ts'
import { placesOf } from './git-places.ts'
import { gitCommand, movesIn } from './git-service.ts'

/** What a credential allows. */
type Decision =
  | { readonly kind: 'refused'; readonly answered: Answered }
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'start'
      /** On pipes of its own, or on a socket of which whoever listens has the other end. */
      start(stdio: 'pipe' | Socket): Begun
      /** In place of it: its place is free again. */
      forget(): void
    }

interface Begun {
  readonly pipes: OnStreams['pipes']
  leave(): Promise<void>
  readonly ended: Promise<GitEnd>
  /** Its line is in the audit, which the pusher does not wait for. */
  readonly written: Promise<void>
}

export interface DecidingDesk {
  decide(asking: GitAsking, gone: AbortSignal): Promise<Decision>
  /** What still runs after some seconds gets its line in the audit, and goes on without us. */
  close(): Promise<void>
}

interface Deciding {
  readonly asked: Asked
  readonly serving: ServingStore
  /** Throws CREDENTIAL_REFUSED, TOO_MANY_FAILURES. */
  whoAsks(asking: GitAsking & { readonly request: string }): Promise<Caller>
  /** Without a credential; not written down where it came too often. */
  writeNobody(refusal: Parameters<ServingStore['writeRefusal']>[0], address: string): Promise<void>
}

const patienceMilliseconds = 2_000

export function decidingDesk({ asked, serving, whoAsks, writeNobody }: Deciding): DecidingDesk {
  const under = new Set<Begun>()
  const places = placesOf()
  return {
    async decide(asking, gone) {
      const { credential, step, address, requestId, name, repository } = asking
      const request = asking.service === 'receive-pack' ? 'push' : 'fetch'
      const from = `http ${address}`
      try {
        // Git asks without one first, and with one when it is told to; of all else it knows before.
        if (credential === null && step !== 'refs') await writeNobody({ who: '?', from, request, requestId }, address)
        const caller = await whoAsks({ ...asking, request })
        const git: GitAsked = { request, caller, from, requestId, name, repository }
        const allowed = await allowedGit(asked, serving.store, git)
        if (step === 'probe') return { kind: 'allowed' }
        const forget = await places.take(caller.name, gone)
        return {
          kind: 'start',
          forget,
          start(stdio) {
            const begun = startGit({ asked, serving, git, allowed, asking, gone }, stdio)
            under.add(begun)
            void begun.written.finally(() => {
              forget()
              under.delete(begun)
            })
            return begun
          },
        }
      } catch (error) {
        return { kind: 'refused', answered: faultAnswer(error, requestId) }
      }
    },
    async close() {
      const late = new Promise(resolve => setTimeout(resolve, patienceMilliseconds).unref())
      await Promise.race([Promise.allSettled([...under].map(({ written }) => written)), late])
      await Promise.all([...under].map(begun => begun.leave()))
    },
  }
}

/** Where one process does both. */
export const gitDeskOf = (desk: DecidingDesk): GitDesk => ({
  async open(asking, gone) {
    const decision = await desk.decide(asking, gone)
    if (decision.kind !== 'start') return decision
    const { pipes, ended } = decision.start('pipe')
    if (pipes === null) throw new CorpusError('INTERNAL', 'Git has no pipes.')
    return { kind: 'running', git: { ...pipes, ended } }
  },
})

interface Job {
  readonly asked: Asked
  readonly serving: ServingStore
  readonly git: GitAsked
  readonly allowed: AllowedGit
  readonly asking: GitAsking
  readonly gone: AbortSignal
}

function startGit(job: Job, stdio: 'pipe' | Socket): Begun {
  const { asking, gone, allowed, serving, git } = job
  const isPush = asking.service === 'receive-pack' && asking.step === 'exchange'
  // What moved is written there by the hook, so that it need not be believed of whoever listens.
  const moved = isPush ? `${allowed.path}/corpus-moved.${randomUUID()}` : undefined
  const begun = startOnStreams(commandOf(job, moved), stdio)
  // A push that lost its pusher comes to its end by itself.
  if (asking.service === 'upload-pack') gone.addEventListener('abort', begun.stop)
  let isWritten = false
  const writePush = async (file: string, status: number) => {
    if (isWritten) return
    isWritten = true
    const moves = movesIn(file) ?? []
    await writeGit(serving.store, git, outcomeOf(moves.length > 0, status, gone.aborted), moves)
  }
  return {
    pipes: begun.pipes,
    async leave() {
      begun.leave()
      if (moved !== undefined) await writePush(moved, unknownStatus)
    },
    written: begun.ended.then(async ({ status }) => {
      gone.removeEventListener('abort', begun.stop)
      if (moved !== undefined) await writePush(moved, status)
      else if (status !== 0 && !gone.aborted) await writeGit(serving.store, git, 'failed GIT_REQUEST_INVALID')
    }),
    ended: begun.ended.then(({ status, complaint }) => {
      // What git itself complains of names our folders; what we say is meant for people.
      const said = complaint.split('\n').filter(line => line.startsWith('corpus: '))
      const plain = `corpus: the push failed; \`corpus logs ${asking.name}\` says why`
      return { status, said: said.length > 0 ? said.join('\n') : plain }
    }),
  }
}

const unknownStatus = 1

/** Of a pusher who went away nobody knows how it ended: the deployment does, and has begun. */
function outcomeOf(hasMoved: boolean, status: number, isGone: boolean): string {
  if (!hasMoved) return status === 0 ? 'refused' : 'failed GIT_REQUEST_INVALID'
  if (status === 0) return 'succeeded'
  return isGone ? 'began' : 'failed DEPLOYMENT_FAILED'
}

function commandOf({ asked, git, allowed, asking }: Job, moved: string | undefined): Command {
  const { service, step, protocol } = asking
  const words = ['--stateless-rpc', ...(step === 'refs' ? ['--advertise-refs'] : [])]
  return gitCommand(asked, { service, allowed, by: git.caller.name, protocol, words, moved })
}
