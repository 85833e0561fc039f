/** The shape of a procedure: one step of a deployment. */

export interface Procedure<Deployment> {
  readonly name: string
  /** One sentence: what it does. Help, documentation and the plan print it. */
  readonly does: string
  /** The built-in step, before the project's state file of the same name. */
  run(deployment: Deployment): Promise<void>
  /**
   * What follows the project's state file, for steps whose effect must wait for it. Most have none.
   */
  after?(deployment: Deployment): Promise<void>
}

/** Declares a procedure; only the types are checked. */
export function defineProcedure<Name extends string, Deployment>(
  procedure: Procedure<Deployment> & { readonly name: Name },
): Procedure<Deployment> & { readonly name: Name } {
  return Object.freeze(procedure)
}
