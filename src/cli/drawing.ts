/** What the command line shows of an answer; what a request is, its declaration says. */
import type { AnswerOf, Asked, ParamsOf, RequestDeclaration, Telling } from '../controller/request.ts'

/** A command line under way. */
export interface Invocation<Params = Readonly<Record<string, unknown>>> {
  readonly asked: Asked
  readonly params: Params
  readonly json: boolean
  /** The positional words as they were typed. */
  readonly words: readonly string[]
  /** What stands beside this command line, and it may open. */
  readonly entrances: Entrances
  print(text: string): void
}

/** What the command line starts but is not part of it. */
export interface Entrances {
  /** Serves until it is told to stop; its exit status. */
  readonly agent: (root: string, options: { readonly metrics?: string }) => Promise<number>
  /** The HTTP entry point: serves until it is told to stop; its exit status. */
  readonly serve: (
    asked: Asked,
    options: { readonly listen?: string | undefined; readonly domain?: readonly string[] | undefined },
  ) => Promise<number>
  /** Another command line, in place of this one. */
  readonly command: (argv: readonly string[]) => Promise<number>
}

export interface Drawing<Declared = RequestDeclaration> {
  /** What people read of the answer. */
  readonly text?: (answer: AnswerOf<Declared>, invocation: Invocation<ParamsOf<Declared>>) => string | Promise<string>
  /** Shows what is told on the way; then `text` has the rest. */
  readonly live?: (invocation: Invocation<ParamsOf<Declared>>) => (telling: Telling) => void
  /** The exit status, where the answer says it; else that of the verdict that was told, else 0. */
  readonly status?: (answer: AnswerOf<Declared>) => number
  /** An interruption is handed on, and what was begun is brought to an end. */
  readonly stops?: true
  /** What the folder that one stands in says. */
  readonly fill?: (invocation: Invocation<Partial<ParamsOf<Declared>>>) => Promise<Partial<ParamsOf<Declared>>>
  /** In place of asking: what needs this terminal, or is another program. Undefined where it is asked after all. */
  readonly instead?: (invocation: Invocation<ParamsOf<Declared>>) => Promise<number> | undefined
  /** What is done in its place is another entry point, which serves until it is ended. */
  readonly isEntrance?: true
}

/** With the types of the request that it draws. */
export function draw<Declared>(drawing: Drawing<Declared>): Drawing {
  return drawing as Drawing
}
