/** A request, declared once: command line, JSON, route, help, manual and reference are made from this object. */
import type { Static, TObject, TSchema } from '@sinclair/typebox'
import type { ReleaseId } from '../kernel/names.ts'
import type { Fault as StatesFault } from '../salt/language/faults.ts'
import type { Step } from '../salt/language/step.ts'
import type { StepResult } from '../salt/runner/result.ts'
import type { RunEvent } from '../salt/runner/run.ts'
import type { LogLine } from '../services/logs.ts'
import type { Store } from '../store/store.ts'
import type { Changing } from './context.ts'
import type { Shown } from './diff.ts'
import type { ToldChange } from './file/change.ts'
import type { DeploymentPlan } from './plan.ts'
import type { Caller, Right, Target } from './rights.ts'

/** What came to light on the way to the answer, for whoever looks on. */
export type Telling =
  /** Text of the log of a deployment, as people read it; `behind`: the place in that log behind it. */
  | { readonly kind: 'log'; readonly text: string; readonly behind?: LogPlace }
  /** The deployment that was asked for, or looked at, has ended: with the status that its command ends with. */
  | { readonly kind: 'verdict'; readonly status: number }
  /** A line of an application. */
  | { readonly kind: 'line'; readonly line: LogLine }
  /** State files under way, what does not compile of them, what came of them, and their steps with what is odd. */
  | { readonly kind: 'step'; readonly event: RunEvent }
  | { readonly kind: 'faults'; readonly faults: readonly StatesFault[] }
  | { readonly kind: 'results'; readonly results: ReadonlyMap<string, StepResult> }
  | { readonly kind: 'steps'; readonly steps: readonly Step[]; readonly doubts: readonly StatesFault[] }
  | { readonly kind: 'diff'; readonly shown: Shown }
  | { readonly kind: 'plan'; readonly plan: DeploymentPlan }
  /** A change of a file that was made. */
  | { readonly kind: 'change'; readonly change: ToldChange }

/** Where somebody has come to in the log of a deployment, in bytes. */
interface LogPlace {
  readonly release: ReleaseId
  readonly offset: number
}

/** What a request is run with. */
export interface Asked extends Changing {
  readonly tell?: (telling: Telling) => void
  /** Aborted when whoever asked wants it no more. */
  readonly signal?: AbortSignal
  /** What was told already, of whoever asks once more: a log goes on behind it. */
  readonly after?: LogPlace
  /** The store, where whoever asks has it open. */
  readonly store?: Store
  /** Told of a deployment that was asked for as soon as it waits in its line. */
  readonly began?: (release: string) => Promise<void>
}

/** As run() gives it: nobody changes an answer. */
export type Frozen<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T

/** What names a place of the machine is for its administrators. */
export type Further = Right | 'admin on machine'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface RequestDeclaration<Params extends TObject = TObject, Answer extends TSchema = TSchema> {
  /** The words of the command: `rollback`, `config get`. */
  readonly name: string
  /** One sentence, or a few: help, manual and reference have it. */
  readonly does: string
  /** A line that a person types. */
  readonly example: string
  /** In the order of the positional words; what is no word is an option (params.ts). */
  readonly params: Params
  /** What `--json` prints and the route answers. */
  readonly answer: Answer
  /** `POST /projects/{name}/rollback`: what the path does not name is in the query (GET) or the body. */
  readonly http: `${Method} /${string}`
  /** What the caller must hold: `deploy on project`. */
  readonly right: `${Right} on ${Target}`
  /** Params that take a right of their own where they are given: on what the request is about, or on the machine. */
  readonly more?: { readonly [Key in keyof Static<Params>]?: Further }
  /** Asked of what is one's own it takes no right: of one's user by its password, of a token by that token. */
  readonly own?: 'user' | 'token'
  /** A job is followed and cancelled; a read changes nothing. */
  readonly kind: 'read' | 'change' | 'job'
  /** The words as they are typed, where that is not the name and then the params: `ps NAME restart`. */
  readonly typed?: string
  /** How JSON has it, where that is not one line: an item of an array a line, or as `salt-call` writes values of Python. */
  readonly json?: 'lines' | 'salt'
  /** Asked of another machine it makes no sense, since: a sentence. */
  readonly local?: string
  /** Said to whoever gives more words than it takes. */
  readonly tooMany?: string
  /** A list that grows: what an item of it is known by, and the param that is the cursor where it knows pages itself. */
  readonly paged?: { readonly by: string; readonly param?: string }
  /** The request that reads what this one changes, by the same name: `If-Match` is of what that answers. */
  readonly changes?: string
  /** What it changes, as it stands: the audit has it before and after. */
  stands?(asked: Asked, params: Frozen<Static<Params>>): Promise<unknown>
  run(asked: Asked, params: Frozen<Static<Params>>, caller: Caller): Promise<Frozen<Static<Answer>>>
}

export function defineRequest<Params extends TObject, Answer extends TSchema>(
  declaration: RequestDeclaration<Params, Answer>,
): RequestDeclaration<Params, Answer> {
  return declaration
}

export type ParamsOf<Declared> =
  Declared extends RequestDeclaration<infer Params, TSchema> ? Frozen<Static<Params>> : never
export type AnswerOf<Declared> =
  Declared extends RequestDeclaration<TObject, infer Answer> ? Frozen<Static<Answer>> : never
