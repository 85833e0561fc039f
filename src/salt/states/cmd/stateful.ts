/** Reads what a stateful command says of itself on its last line of output. */

import type { StateReturn } from '../../definition/define.ts'
import { fromPlain, textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { shellWords } from '../../system/shell-words.ts'

/** The outcome as the command tells it instead of the one that its exit status tells. */
export function asTold(outcome: StateReturn): StateReturn {
  const output = outcome.changes.get('stdout')
  if (typeof output !== 'string' || output === '') {
    return { ...outcome, changes: new Dict(), comment: outcome.changes.get('stderr') ?? '' }
  }
  const told = jsonOf(output) ?? pairsOf(output)
  if (typeof told === 'string') return { ...outcome, result: false, changes: new Dict(), comment: told }
  const { data, before } = told
  const changed = yes(data.get('changed') ?? 'no')
  if (typeof changed === 'string') return { ...outcome, result: false, changes: new Dict(), comment: changed }
  const comment = data.get('comment') ?? ''
  data.delete('comment')
  if (!changed) return { ...outcome, changes: new Dict(), comment }
  for (const [key, value] of outcome.changes) if (!data.has(key)) data.set(key, value)
  data.set('stdout', before)
  return { ...outcome, changes: data, comment }
}

interface Told {
  readonly data: Dict
  /** The output without the line that tells. */
  readonly before: string
}

function jsonOf(output: string): Told | string | null {
  let data: Value
  try {
    data = fromPlain(JSON.parse(output))
  } catch {
    return null
  }
  return data instanceof Dict ? { data, before: '' } : 'script JSON output must be a JSON object (e.g., {})!'
}

function pairsOf(output: string): Told | string {
  const at = output.trimEnd().lastIndexOf('\n')
  const data = new Dict()
  try {
    for (const word of shellWords(output.slice(at + 1))) {
      const [key = '', value, extra] = word.split('=')
      if (value === undefined || extra !== undefined) throw new Error(word)
      data.set(key, value)
    }
  } catch {
    return 'Failed parsing script output! Stdout must be JSON or a line of name=value pairs.'
  }
  return { data, before: at === -1 ? '' : output.slice(0, at) }
}

function yes(value: Value): boolean | string {
  const word = textOf(value).toLowerCase()
  if (['true', 'yes', '1'].includes(word)) return true
  if (['false', 'no', '0'].includes(word)) return false
  return `Failed parsing boolean value: ${textOf(value)}`
}
