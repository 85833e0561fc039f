/** What the command line shows of an answer; what a request is, its declaration says. */
import type { AnswerOf, ParamsOf, RequestDeclaration, Telling } from '../controller/request.ts'

/** A command line under way. */
export interface Invocation<Params = Readonly<Record<string, unknown>>> {
  readonly params: Params
  readonly json: boolean
  /** The positional words as they were typed. */
  readonly words: readonly string[]
  /** Null where another machine is asked: what lies here is nothing to it. */
  readonly here: Here | null
  print(text: string): void
  /** Another command line, in place of this one. */
  command(argv: readonly string[]): Promise<number>
}

/** The folder that the command line was called in, and what lies around. */
export interface Here {
  /** The top of the clone that it is in. */
  clone(): Promise<string | null>
  /** Gives a clone its remote; answers what to push. Throws what the request throws. */
  addRemote(name: string, clone: string): Promise<{ readonly refspec: string }>
  /** The folder of corpus itself. */
  readonly home: string
  /** Below which the projects are. */
  readonly root: string
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
}

/** With the types of the request that it draws. */
export function draw<Declared>(drawing: Drawing<Declared>): Drawing {
  return drawing as Drawing
}
