/** An exception as the state language knows it: raised by an execution function or a state, told by Python's class name. */

/** Thrown by execution functions and states; `pythonType` is what a person of Salt would look for. */
export class StateException extends Error {
  readonly pythonType: string
  constructor(pythonType: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'StateException'
    this.pythonType = pythonType
  }
}

/** A command or a file was not as needed: what most functions throw. */
export function executionError(message: string): StateException {
  return new StateException('salt.exceptions.CommandExecutionError', message)
}

/** The arguments make no sense together. */
export function invocationError(message: string): StateException {
  return new StateException('salt.exceptions.SaltInvocationError', message)
}
