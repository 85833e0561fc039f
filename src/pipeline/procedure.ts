/** The shape of a procedure: one step of a deployment. */
import type { ProjectLayout } from '../kernel/layout.ts'

export interface Procedure<Deployment> extends Step<Deployment> {
  readonly name: string
  /** Default: on the way forward. `error` runs when a step failed, `always` at the end of every deployment. */
  readonly when?: 'error' | 'always'
  /** How it runs on the way forward, where a request asks for it and a table says so. */
  readonly asked?: Step<Deployment>
}

export interface Step<Deployment> {
  /** One sentence: what it does. Help, documentation and the plan print it. */
  readonly does: string
  /**
   * Whose state file of its name is run. Default: that of the tree that is worked on. `previous`: of the release that runs, since
   * it comes before there is a new tree. `none`: the file is one of `stateFiles`.
   */
  readonly stateFile?: 'previous' | 'none'
  /** Chosen alone, it makes a release all the same: what runs after a failure, and always, is chosen with it. */
  readonly makesRelease?: boolean
  /** A release that is brought back runs it again. */
  readonly again?: boolean
  /** The built-in step, before the project's state file of the same name. */
  run(deployment: Deployment, way: Way): Promise<void>
  /** What follows the state file, for the few steps whose effect must wait for it. */
  after?(deployment: Deployment, way: Way): Promise<void>
  /**
   * Takes its own traces away when a later step failed, or when it failed itself, however far it came: it looks for each, and
   * may be run again. What ran before is not back yet.
   */
  undo?(deployment: Deployment): Promise<void>
  /** The state files that `run` itself runs, in that order, as SLS names. Throws UPGRADE_CHANGED. */
  stateFiles?(salt: string, deployment: { readonly layout: ProjectLayout }): readonly string[]
}

/** What a procedure may ask of the pipeline. */
export interface Way {
  /** Runs the undoings of what this deployment has begun, the newest first. */
  readonly undo: () => Promise<void>
  /** Runs the procedures once more that a release runs again which was brought back, with its state files. */
  readonly again: () => Promise<void>
}

/** Declares a procedure; only the types are checked. */
export function defineProcedure<Name extends string, Deployment>(
  procedure: Procedure<Deployment> & { readonly name: Name },
): Procedure<Deployment> & { readonly name: Name } {
  return Object.freeze(procedure)
}
