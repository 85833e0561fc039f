/** What git may do for whoever asks by HTTP or ssh, and what is written down of it. */
import { existsSync } from 'node:fs'
import { CorpusError, faultOf } from '../kernel/errors.ts'
import { projectLayout } from '../kernel/layout.ts'
import { isProjectName, shown } from '../kernel/names.ts'
import type { AuditEntry } from '../store/audit.ts'
import type { Store } from '../store/store.ts'
import { mayDo, onProject } from './may-do.ts'
import type { Asked } from './request.ts'
import type { Caller } from './rights.ts'

export interface GitAsked {
  readonly request: 'push' | 'fetch'
  readonly caller: Caller
  readonly from: string
  readonly requestId: string
  /** As it was sent. */
  readonly name: string
  readonly repository: string
}

export interface AllowedGit {
  readonly path: string
  /** State files, too, which run as whoever runs corpus. */
  readonly mayPushStates: boolean
}

/**
 * Who may see a project reads its code; its pillar has secrets, and is read by those who may write it. A refusal has its line
 * in the audit. Throws PROJECT_UNKNOWN, RIGHT_MISSING.
 */
export async function allowedGit({ root }: Asked, store: Store, git: GitAsked): Promise<AllowedGit> {
  try {
    return allowed(root, git)
  } catch (error) {
    await append(store, { ...lineOf(git), outcome: `refused ${faultOf(error).code}` })
    throw error
  }
}

function allowed(root: string, { request, caller, name, repository }: GitAsked): AllowedGit {
  const kind = repository === 'project.git' ? 'projectGit' : repository === 'pillar.git' ? 'pillarGit' : undefined
  const isSeen = kind !== undefined && isProjectName(name) && mayDo(caller, 'see', onProject(name))
  const path = isSeen ? projectLayout(root, name)[kind] : undefined
  if (path === undefined || !existsSync(path))
    throw new CorpusError('PROJECT_UNKNOWN', `There is no repository ${shown(`${name}/${repository}`)}.`)
  const right = kind === 'pillarGit' ? 'push-pillar' : request === 'push' ? 'push' : 'see'
  if (!mayDo(caller, right, onProject(name)))
    throw new CorpusError('RIGHT_MISSING', `${caller.name} lacks the right ${right} on ${name}.`)
  return { path, mayPushStates: mayDo(caller, 'push-pillar', onProject(name)) }
}

export interface RefMove {
  readonly ref: string
  readonly before: string
  readonly after: string
}

const mostMoves = 20

/** What has happened has, with its line or without. */
export async function writeGit(
  store: Store,
  git: GitAsked,
  outcome: string,
  moves: readonly RefMove[] = [],
): Promise<void> {
  const side = (which: 'before' | 'after') => ({
    repository: git.repository,
    refs: Object.fromEntries(moves.slice(0, mostMoves).map(move => [move.ref.slice(0, 200), move[which]])),
    ...(moves.length > mostMoves ? { more: moves.length - mostMoves } : {}),
  })
  const line = { ...lineOf(git), before: side('before'), after: side('after'), outcome }
  await append(store, line).catch(() => {})
}

const lineOf = ({ request, caller, from, requestId, name }: GitAsked) => ({
  who: caller.name,
  from,
  request,
  target: name.slice(0, 100),
  requestId,
})

async function append(store: Store, line: AuditEntry): Promise<void> {
  const { appendAudit } = await import('../store/audit.ts')
  await appendAudit(store, line)
}
