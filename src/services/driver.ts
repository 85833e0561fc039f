/** What every supervisor can do for us (required), and what only some can (capabilities, each by its name). */

import type { ProcessName, ProjectName } from '../kernel/names.ts'
import type { Program } from '../shell/programs.ts'
import type { Instance, InstanceName } from './instance.ts'
import type { Leaving } from './leaving.ts'
import type { Address } from './ports.ts'

/**
 * starting: handed over, not up yet; running: its process is there; backing-off: it died and waits to be started again;
 * stopping: told to stop, or half stopped when we were killed; stopped: nobody wants it up.
 */
export type RunState = 'starting' | 'running' | 'backing-off' | 'stopping' | 'stopped'

/** An instance as the supervisor has it. */
export interface Running {
  readonly name: InstanceName
  readonly project: ProjectName
  readonly release: string
  readonly process: ProcessName
  readonly number: number
  readonly digest: string
  readonly folder: string
  readonly pid: number | null
  readonly state: RunState
  readonly address: Address | null
  /** The port that its successor is to have, where nothing comes in the way: for an ingress that prepares itself. */
  readonly nextPort: number | null
  /** How often it died and was started again. */
  readonly restarts: number
  readonly lastExit: Exit | null
  /** It passed its health check once, and traffic was moved to it. */
  readonly proven: boolean
  /** It is to go when nobody is connected to it any more; null for one that is to stay. */
  readonly leaving?: Leaving | null
}

export interface Exit {
  readonly status: number | null
  readonly signal: string | null
}

/** One interface; `runit` and `systemd` pass one contract suite. Every call may be repeated after a crash in its middle. */
export interface Driver {
  readonly name: 'runit' | 'systemd'
  /** Hands the instances over: they are started beside what runs, and kept up from here on. What is there already stays as it is. */
  start(instances: readonly Instance[]): Promise<void>
  /** SIGTERM, after the instance's grace SIGKILL, children too; then the supervisor forgets them. Unknown names are fine. */
  stop(names: readonly InstanceName[]): Promise<void>
  /** What there is according to the supervisor itself, of one project or of all. */
  list(project?: ProjectName): Promise<readonly Running[]>
  /** Remembers that the instances passed their checks. */
  prove(names: readonly InstanceName[]): Promise<void>
  /** The folder where an instance is written down; what stands in it beside is `leaving.ts`'s. */
  folder(name: InstanceName): string
  readonly can: Capabilities
}

/** Named optional capabilities: what is absent is not faked. */
interface Capabilities {
  /** Starts the supervisor again where it is found dead; true when it had to. */
  readonly revive?: () => Promise<boolean>
  /** Memory limits count: for each process ('process') or for the instance with its children ('instance'). */
  readonly limitMemory?: 'process' | 'instance'
  readonly limitCpu?: true
  /** The folder of rotated log files of an instance; drivers without it keep a journal. */
  readonly logFolder?: (name: InstanceName) => string
  /** The journal of all instances, for drivers without log files. */
  readonly journal?: Journal
}

/** Commands that ask a journal, and how what they print is read. */
export interface Journal {
  /** Prints names, those of instances that are gone too, a line each. */
  readonly namesCommand: readonly [Program, ...string[]]
  readonly names: (printed: string) => readonly InstanceName[]
  /** Prints what these said themselves, oldest first, a line each. */
  readonly linesCommand: (names: readonly InstanceName[], options: JournalOptions) => readonly [Program, ...string[]]
  /** null for a line that is none of an instance. */
  readonly entry: (printed: string) => JournalEntry | null
}

export interface JournalOptions {
  readonly follow: boolean
  /** So many of the last lines, before those that come. */
  readonly lines: number | 'all'
}

export interface JournalEntry {
  readonly name: InstanceName
  /** UTC, `2026-11-21T10:55:35.678901`. */
  readonly time: string
  readonly text: string
}
