/** The shape of a procedure: one step of a deployment. */

export interface Procedure<Deployment> {
  readonly name: string
  /** One sentence: what it does. Help, documentation and the plan print it. */
  readonly does: string
  /** Default: on the way forward. `error` runs when a step failed, `always` at the end of every deployment. */
  readonly when?: 'error' | 'always'
  /** The built-in step, before the project's state file of the same name. */
  run(deployment: Deployment): Promise<void>
  /** What follows the state file, for the few steps whose effect must wait for it. */
  after?(deployment: Deployment): Promise<void>
}

/** Declares a procedure; only the types are checked. */
export function defineProcedure<Name extends string, Deployment>(
  procedure: Procedure<Deployment> & { readonly name: Name },
): Procedure<Deployment> & { readonly name: Name } {
  return Object.freeze(procedure)
}
