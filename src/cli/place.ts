/** Whom a command line asks: this machine, or another one. */
import type { Command } from '../controller/reference/commands.ts'
import type { Telling } from '../controller/request.ts'
import type { Here, Invocation } from './drawing.ts'

export interface Reply {
  readonly answer: unknown
  /** As `--json` prints it. */
  json(): Promise<string>
}

export interface Ways {
  readonly tell: (telling: Telling) => void
  readonly signal?: AbortSignal
  /** The exit status that an answer means. */
  readonly statusOf: (answer: unknown) => number
}

export interface Asker {
  /** Null where another machine is asked. */
  readonly here: Here | null
  /** Whoever types stands on another machine, and no file of this one is meant. */
  readonly isFar?: true
  /** Whether a word is the name of a project, where it could be something else. */
  isProject(word: string): boolean
  /** The project of the clone that one stands in. Throws USAGE. */
  projectHere(): Promise<string>
  /** What the folder that one stands in says beside what was said. */
  fill(command: Command, given: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
  /** In place of asking: what needs this terminal, or is another program. Undefined where it is asked. Throws LOCAL_ONLY. */
  instead(command: Command, invocation: Invocation): Promise<number | undefined>
  /** Undefined where whoever asked left what they only looked at. */
  ask(command: Command, params: Readonly<Record<string, unknown>>, ways: Ways): Promise<Reply | undefined>
}

/** `root`: as the command line names it. */
export type Place = (root: string | undefined) => Promise<Asker>
