/** What goes between the entry point that listens and the desk that decides when git asks; the bytes of a pack go beside it. */
import type { Readable, Writable } from 'node:stream'
import type { Answered, Credential } from './asking.ts'

export const gitServices = ['upload-pack', 'receive-pack'] as const
export type GitService = (typeof gitServices)[number]

/** What came with the request, believed by nobody yet. */
export interface GitAsking {
  readonly name: string
  /** `project.git` or `pillar.git`. */
  readonly repository: string
  readonly service: GitService
  /** Which refs there are; whether it would be let in, which git asks before it sends much; the exchange itself. */
  readonly step: 'refs' | 'probe' | 'exchange'
  /** As git says it: `version=2`. */
  readonly protocol: string
  readonly credential: Credential | null
  /** The address that it came from. */
  readonly address: string
  readonly requestId: string
}

/** A git at work for one request. */
export interface RunningGit {
  readonly input: Writable
  readonly output: Readable
  readonly ended: Promise<GitEnd>
}

export interface GitEnd {
  /** Of a push it is that of the deployment; 128 where a signal ended it. */
  readonly status: number
  /** What corpus has to say about it beside the log, or nothing. */
  readonly said: string
}

type GitOpened =
  | { readonly kind: 'refused'; readonly answered: Answered }
  /** It would be let in. */
  | { readonly kind: 'allowed' }
  | { readonly kind: 'running'; readonly git: RunningGit }

export interface GitDesk {
  open(asking: GitAsking, gone: AbortSignal): Promise<GitOpened>
}
