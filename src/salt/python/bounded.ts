/** Runs work that might never end, such as a regular expression that backtracks, for a limited time. */
import type { Context, Script } from 'node:vm'
import { PyError } from './error.ts'

const TIME_LIMIT_MILLISECONDS = 2000

let cell: { readonly script: Script; readonly context: Context } | undefined

/** What the work gives; throws where it takes longer than two seconds. Costs a tenth of a millisecond. */
export function boundedInTime<Result>(what: string, work: () => Result): Result {
  const vm = process.getBuiltinModule('node:vm')
  cell ??= { script: new vm.Script('work()'), context: vm.createContext({}) }
  const before = cell.context['work']
  cell.context['work'] = work
  try {
    return cell.script.runInContext(cell.context, { timeout: TIME_LIMIT_MILLISECONDS }) as Result
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new PyError('TimeoutError', `${what} takes too long: it was stopped`)
    throw error
  } finally {
    cell.context['work'] = before
  }
}
