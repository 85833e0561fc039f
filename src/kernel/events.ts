/** Everything that a deployment says: work emits these, renderers draw them. */
import type { ReleaseId } from './names.ts'

/** How a deployment can end. */
export type EndState =
  | 'succeeded'
  | 'failed'
  | 'rolled back'
  | 'rollback failed'
  | 'cancelled'
  | 'interrupted'
  | 'superseded'
  | 'planned'

/** An error as an event carries it. */
export interface Fault {
  readonly code: string
  readonly message: string
  readonly wayOut: string
  readonly detail?: string
}

export type DeploymentEvent =
  | {
      readonly type: 'started'
      readonly project: string
      readonly mode: string
      readonly release: ReleaseId
      /** `v12`; null for a deployment that makes no release. */
      readonly name?: string | null
      readonly commit: string | null
      readonly subject?: string | null
      readonly by: string
      readonly kind: string
    }
  | { readonly type: 'procedure'; readonly procedure: string; readonly phase: 'begin' }
  | {
      readonly type: 'procedure'
      readonly procedure: string
      readonly phase: 'done' | 'failed'
      readonly milliseconds: number
    }
  | { readonly type: 'procedure'; readonly procedure: string; readonly phase: 'skipped'; readonly because: string }
  | {
      readonly type: 'state'
      readonly id: string
      readonly fun: string
      readonly result: boolean | null
      readonly changed: boolean
      readonly comment: string
      readonly milliseconds: number
    }
  /** A state that is under way from here on: who waits long is told which. */
  | { readonly type: 'state-begun'; readonly id: string }
  | { readonly type: 'note'; readonly level: 'info' | 'notice' | 'warning' | 'error'; readonly text: string }
  | { readonly type: 'output'; readonly text: string }
  | { readonly type: 'fault'; readonly fault: Fault }
  | {
      readonly type: 'rollback'
      readonly to: string | null
      /** Where it went, and where it came from, as people name releases. */
      readonly toName?: string | null
      readonly fromName?: string | null
    }
  | {
      readonly type: 'ended'
      readonly state: EndState
      readonly milliseconds: number
      readonly url: string | null
      readonly running: string | null
      /** `v12`, of what runs. */
      readonly runningName?: string | null
    }

/** An event with its time (milliseconds since 1970), as it stands in events.ndjson. */
export type StampedEvent = DeploymentEvent & { readonly at: number }

export type Emit = (event: DeploymentEvent) => void
