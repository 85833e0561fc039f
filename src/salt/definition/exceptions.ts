/** Exceptions as the state language knows them: raised by an execution function or a state, told by Python's class name. */
import { PyError } from '../python/error.ts'

/** Thrown by execution functions and states; the type is what a person of Salt would look for. */
export class StateException extends PyError {}

/** What root does not do where others may write. It is no fault of a program: its sentence is all that is told. */
export class Refusal extends StateException {}

/** A command or a file was not as needed: what most functions throw. */
export function executionError(message: string): StateException {
  return new StateException('salt.exceptions.CommandExecutionError', message)
}

/** The arguments make no sense together. */
export function invocationError(message: string): StateException {
  return new StateException('salt.exceptions.SaltInvocationError', message)
}
