/** What every means of telling is: a function that tries once. */
import type { Account, Shell } from '../shell/shell.ts'
import type { Notice } from './notice.ts'

/** One try. A fault that trying again cannot mend is thrown as a `Refusal`. */
export type Deliver = (notice: Notice, context: DeliveryContext) => Promise<void>

interface DeliveryContext {
  readonly shell: Shell
  readonly user: Account | undefined
  /** Unchanged from try to try, so that a receiver can tell a repetition. */
  readonly id: string
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}

/** Trying again would not help. */
export class Refusal extends Error {}
