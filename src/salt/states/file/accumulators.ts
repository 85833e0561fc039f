/** file.accumulated: text that several states collect for one file, to be used by its template or its block. */

import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'

interface Accumulator {
  readonly texts: Value[]
  /** The IDs and names of the states that it is for. */
  readonly receivers: Set<string>
}

type Memory = Map<string, unknown>
const memoryName = 'file.accumulated'

export const accumulated = defineState({
  does: 'Collects text for another file state, which sees it as `accumulator` or takes it into its block.',
  arguments: {
    filename: { does: 'The file that the text is for.', type: 'path', required: true },
    text: { does: 'The text, or several.', type: 'any', required: true },
  },
  otherArguments: 'Any other argument is accepted and ignored.',
  run: accumulate,
})

function accumulate(call: StateCall): StateReturn {
  const { args, step, tools } = call
  const text = args.value('text')
  if (text === null) return failed('No text supplied for accumulator')
  const receivers = ['require_in', 'watch_in']
    .flatMap(kind => {
      const value = step.arguments.get(kind) ?? null
      return Array.isArray(value) ? value : []
    })
    .filter(item => item instanceof Dict && item.has('file'))
    .map(item => textOf((item as Dict).get('file') ?? null))
  if (receivers.length === 0) return failed(`Orphaned accumulator ${call.name} in ${call.sls}:${call.id}`)
  const accumulator = opened(tools.memory, args.text('filename'), call.name)
  for (const receiver of receivers) accumulator.receivers.add(receiver)
  let comment = ''
  for (const part of Array.isArray(text) ? text : [text]) {
    if (accumulator.texts.includes(part)) continue
    accumulator.texts.push(part)
    comment = `Accumulator ${call.name} for file ${args.text('filename')} was charged by text`
  }
  return succeeded(comment)
}

function opened(memory: Memory, file: string, name: string): Accumulator {
  const files = (memory.get(memoryName) as Map<string, Map<string, Accumulator>> | undefined) ?? new Map()
  memory.set(memoryName, files)
  const accumulators = files.get(file) ?? new Map<string, Accumulator>()
  files.set(file, accumulators)
  const accumulator = accumulators.get(name) ?? { texts: [], receivers: new Set() }
  accumulators.set(name, accumulator)
  return accumulator
}

function accumulatorsOf(memory: Memory, file: string): ReadonlyMap<string, Accumulator> {
  return (memory.get(memoryName) as Map<string, Map<string, Accumulator>> | undefined)?.get(file) ?? new Map()
}

/** What templates see as `accumulator`: texts by the accumulator's name; null where there are none. */
export function accumulatorOf(memory: Memory, file: string): Dict | null {
  const accumulators = accumulatorsOf(memory, file)
  if (accumulators.size === 0) return null
  return Dict.of([...accumulators].map(([name, { texts }]): [string, Value] => [name, texts]))
}

/** The texts collected for the state of that ID; for anybody, where none was meant for it. */
export function accumulatedTexts(memory: Memory, file: string, id: string): string[] {
  const all = [...accumulatorsOf(memory, file).values()]
  const meant = all.filter(({ receivers }) => receivers.has(id))
  return (meant.length ? meant : all).flatMap(({ texts }) => texts.map(textOf))
}
