/** How much of the machine the commands of a project may take. */

export interface Limits {
  /** 0 to 19; the priority for input and output follows from it. */
  readonly nice: number
  /** Processors that all of it together may use; 1.5 is one and a half. */
  readonly cpus: number | null
  readonly memoryBytes: number | null
  /** How many processes and threads all of it together may be; null is `usualProcesses`, where that can be held. */
  readonly processes: number | null
  /** How much of what all commands together print is shown; of what one of them prints beyond that, its end. */
  readonly outputBytes: number
  /** How long all commands together may take. */
  readonly seconds: number
}

/** What no build needs, and a runaway one reaches soon: the machine has other work. */
export const usualProcesses = 4096
