/** How one step ended, and the same as Salt's JSON has it. */

import type { Step } from '../language/step.ts'
import { Dict } from '../python/dict.ts'
import { Float } from '../python/float.ts'
import type { Value } from '../python/value.ts'

export interface StepResult {
  readonly module: string
  /** As reported: `mod_watch` for a listener. */
  readonly function: string
  readonly id: string
  readonly name: Value
  /** Null where the call itself was wrong (unknown function, missing argument). */
  readonly sls: string | null
  readonly result: boolean | null
  readonly changes: Dict
  readonly comment: Value
  /** Counts calls; has gaps, for a fired watch and a retry use numbers up. */
  readonly number: number
  readonly startedAt: Date
  readonly durationMilliseconds: number
  /** False where an onchanges or onfail requisite kept it from running. */
  readonly ran: boolean
  readonly skipWatch?: boolean
  readonly parallel?: boolean
  readonly warnings?: readonly string[]
}

export function tagOf(step: Pick<Step, 'module' | 'function' | 'id' | 'name'>): string {
  return `${step.module}_|-${step.id}_|-${step.name}_|-${step.function}`
}

/** A mapping of tags to what Salt prints of each, in the order of the run. */
export function resultsDict(results: Iterable<readonly [string, StepResult]>): Dict {
  return Dict.of([...results].map(([tag, result]) => [tag, resultDict(result)] as const))
}

function resultDict(result: StepResult): Dict {
  const dict = Dict.of({
    name: result.name,
    changes: result.changes,
    result: result.result,
    comment: result.comment,
  })
  if (result.sls !== null) dict.set('__sls__', result.sls)
  dict.set('__run_num__', result.number)
  dict.set('start_time', clockOf(result.startedAt))
  dict.set('duration', new Float(result.durationMilliseconds))
  dict.set('__id__', result.id)
  if (!result.ran) dict.set('__state_ran__', false)
  if (result.skipWatch) dict.set('skip_watch', true)
  if (result.parallel) dict.set('__parallel__', true)
  if (result.warnings?.length) dict.set('warnings', [...result.warnings])
  return dict
}

function clockOf(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const micro = String(time.getMilliseconds() * 1000).padStart(6, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${micro}`
}
