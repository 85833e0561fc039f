/** What the runner of a project serves its requests with. */
import type { ProjectLayout } from '../kernel/layout.ts'
import type { Cancelling } from '../pipeline/cancelling.ts'
import type { Start } from '../shell/shell.ts'
import type { Prefetched } from './prefetch.ts'

export interface Serving {
  readonly layout: ProjectLayout
  readonly installers: string
  readonly cancelling: Cancelling
  /** Starts a command faster than this process could. */
  readonly start?: Start | undefined
  /** What was found out for the first request before it was there. */
  readonly prefetched?: Prefetched | null
  /** What goes on when a request is served: the runner ends after it. */
  readonly background: Promise<void>[]
}
