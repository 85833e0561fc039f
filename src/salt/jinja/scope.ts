/** Names while a template runs: each scope has its own and sees those around it; and the state of the rendering. */
import type { Value } from '../python/value.ts'
import type { Environment } from './environment.ts'
import { LimitError } from './errors.ts'
import type { Source } from './source.ts'
import type { Template } from './template.ts'
import { Undefined } from './undefined.ts'

/** One rendering: where it is, and how much it may still do. */
export interface Run {
  readonly environment: Environment
  /** What every template of the rendering sees, imported without context or not. */
  readonly outermost: Scope
  /** Modules imported without context, one for each file of the rendering. */
  readonly modules: Map<string, Value>
  /** The statement being run, for errors. */
  source: Source
  line: number
  depth: number
  readonly deadline: number
  steps: number
  autoescape: boolean
}

export class Scope {
  readonly run: Run
  readonly parent: Scope | null
  readonly vars: Map<string, Value>
  /** The scope of the template's top level, where `set` exports and blocks look names up. */
  readonly top: Page

  /** Without a page of its own template given, the scope is the top level of a new one. */
  constructor(run: Run, parent: Scope | null, top: Page | null = null, vars: Map<string, Value> = new Map()) {
    this.run = run
    this.parent = parent
    this.top = top ?? { scope: this, exported: new Set(), blocks: new Map(), extended: null }
    this.vars = vars
  }
  child(): Scope {
    return new Scope(this.run, this, this.top)
  }
  /** Gives a name here; at the top level of a template that exports it. */
  assign(name: string, value: Value): void {
    this.vars.set(name, value)
    if (this.top.scope === this && !name.startsWith('_')) this.top.exported.add(name)
  }
  find(name: string): Value | undefined {
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      const value = scope.vars.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }
  lookup(name: string): Value {
    const value = this.find(name)
    return value === undefined ? this.undefined(`'${name}' is undefined`) : value
  }
  undefined(message: string): Undefined {
    return new Undefined(message, this.run.environment.strict)
  }
  /** Every name that is visible here, as `include` and `import … with context` hand them on. */
  visible(): Map<string, Value> {
    const all = this.parent && this.parent !== this.run.outermost ? this.parent.visible() : new Map<string, Value>()
    for (const [name, value] of this.vars) all.set(name, value)
    return all
  }
}

/** The state of one template's run: what it exports, its blocks through the chain of extends. */
export interface Page {
  readonly scope: Scope
  readonly exported: Set<string>
  /** For each block the definitions, the most derived first. */
  readonly blocks: Map<string, BlockRun[]>
  /** The template that this one extends, once that is known. */
  extended: Template | null
}
export type BlockRun = (scope: Scope, out: Output) => void

/** The text being made. */
export class Output {
  text = ''
  /** While set, nothing is kept: what stands outside of blocks in a template that extends another. */
  muted = false
  readonly limit: number
  constructor(limit: number) {
    this.limit = limit
  }
  write(piece: string): void {
    if (this.muted) return
    this.text += piece
    if (this.text.length > this.limit) throw new LimitError(`the output is larger than ${this.limit} bytes`)
  }
}

/** Counts a step of a loop or a call, and stops a rendering that takes too long. */
export function step(run: Run): void {
  if ((++run.steps & 0xff) === 0 && performance.now() > run.deadline)
    throw new LimitError('the template takes too long: it was stopped')
}

const DEEPEST = 200

/** Runs a macro, an include or a loop's recursion one level deeper, and comes back to the present line. */
export function deeper<Result>(run: Run, source: Source, work: () => Result): Result {
  const { source: before, line } = run
  step(run)
  if (++run.depth > DEEPEST) throw new LimitError('maximum recursion depth exceeded')
  run.source = source
  const result = work()
  run.source = before
  run.line = line
  run.depth--
  return result
}
