/** file.keyvalue: lines `key = value` of a file. */

import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { statsOf } from './attributes.ts'
import { linesOf } from './diff.ts'
import { putFile } from './put.ts'
import { readTextFile } from './text-file.ts'

export const keyvalue = defineState({
  does: 'Gives keys of a file of `key = value` lines their values.',
  arguments: {
    key: { does: 'The key.', type: 'text' },
    value: { does: 'Its value.', type: 'any' },
    key_values: { does: 'Several keys and their values.', type: 'mapping' },
    separator: { does: 'What stands between key and value.', type: 'text', default: '=' },
    append_if_not_found: { does: 'Adds keys that are not there at the end.', type: 'boolean', default: false },
    prepend_if_not_found: { does: 'Adds them at the beginning.', type: 'boolean', default: false },
    search_only: { does: 'Only says what would change.', type: 'boolean', default: false },
    show_changes: { does: 'Shows what changed.', type: 'boolean', default: true },
    ignore_if_missing: { does: 'A file that is not there is all right.', type: 'boolean', default: false },
    count: { does: 'How many lines of a key are changed.', type: 'whole number', default: 1 },
    uncomment: { does: 'Characters that make a line a comment; such lines count too.', type: 'text' },
    key_ignore_case: { does: 'Takes upper and lower case of keys as the same.', type: 'boolean', default: false },
    value_ignore_case: { does: 'Takes upper and lower case of values as the same.', type: 'boolean', default: false },
    create_if_missing: { does: 'Makes the file where it is not there.', type: 'boolean', default: false },
  },
  run: runKeyvalue,
})

function runKeyvalue(call: StateCall): StateReturn {
  const { args, name, test } = call
  const pairs = pairsOf(call)
  if (typeof pairs === 'string') return failed(pairs)
  const there = statsOf(name) !== null
  if (!there && !args.flag('create_if_missing'))
    return args.flag('ignore_if_missing') ? succeeded(`unable to open ${name}`) : failed(`unable to open ${name}`)
  const file = there ? readTextFile(name) : { path: name, text: '', encoding: 'utf8' as const }
  const edited = edit(call, pairs, linesOf(file.text), !there)
  if (edited.count === 0) return succeeded('')
  const changes: Record<string, string> = args.flag('show_changes') ? { diff: edited.diff.join('') } : {}
  if (test) return wouldChange(`File ${name} is set to be changed (${edited.count} lines)`, changes)
  if (!args.flag('search_only')) {
    try {
      putFile(name, Buffer.from(edited.lines.join(''), file.encoding))
    } catch {
      return failed(`${name} not writable`)
    }
  }
  return succeeded(`Changed ${edited.count} lines`, changes)
}

function pairsOf({ args }: StateCall): Map<string, string> | string {
  const several = args.value('key_values')
  if (args.value('key') !== null && args.value('value') !== null) {
    if (several instanceof Dict) return 'file.keyvalue can not combine key_values with key and value'
    return new Map([[args.text('key'), args.text('value')]])
  }
  const mapping = args.mapping('key_values')
  if (mapping.size === 0) {
    const why = several === null || several instanceof Dict ? 'is empty' : 'is not a dictionary'
    return `file.keyvalue key and value not supplied and key_values ${why}`
  }
  return new Map([...mapping].map(([key, value]) => [textOf(key), textOf(value)] as const))
}

interface Edit {
  readonly lines: string[]
  readonly diff: string[]
  count: number
}

function edit(call: StateCall, pairs: ReadonlyMap<string, string>, lines: readonly string[], isNew: boolean): Edit {
  const { args } = call
  const left = new Map([...pairs.keys()].map(key => [key, args.number('count')]))
  const result: Edit = { lines: [], diff: [], count: 0 }
  for (const line of lines) result.lines.push(editLine(call, pairs, left, line, result))
  const wanted = [...pairs].filter(([key]) => (left.get(key) ?? 0) > 0)
  const added = wanted.map(([key, value]) => `${key}${args.text('separator')}${value}\n`)
  if (added.length === 0) return result
  if (args.flag('append_if_not_found') || isNew) {
    const last = result.lines.pop()
    if (last !== undefined) result.lines.push(last.endsWith('\n') ? last : `${last}\n`)
    result.lines.push(...added)
    result.diff.push('- <EOF>\n', ...added.map(line => `+ ${line}`), '+ <EOF>\n')
  } else if (args.flag('prepend_if_not_found')) {
    result.lines.unshift(...added.toReversed())
    result.diff.unshift('  <SOF>\n', ...added.toReversed().map(line => `+ ${line}`))
  } else return result
  result.count += added.length
  return result
}

function editLine(
  call: StateCall,
  pairs: ReadonlyMap<string, string>,
  left: Map<string, number>,
  line: string,
  result: Edit,
): string {
  const { args } = call
  const separator = args.text('separator')
  const bare = stripped(line, args.textOrNone('uncomment'))
  const uncommented = bare.length < line.length
  const fold = (text: string, flag: string) => (args.flag(flag) ? text.toLowerCase() : text)
  const at = bare.indexOf(separator)
  if (at === -1) return line
  for (const [key, value] of pairs) {
    if (fold(bare.slice(0, at), 'key_ignore_case') !== fold(key, 'key_ignore_case')) continue
    const count = left.get(key) ?? 0
    if (count === 0) return line
    left.set(key, count - 1)
    const present = bare.slice(at + separator.length).trim()
    const same = fold(present, 'value_ignore_case') === fold(value.trim(), 'value_ignore_case')
    if (same && !uncommented) return line
    const after = `${key}${separator}${value}\n`
    result.diff.push(`- ${line}`, `+ ${after}`)
    result.count += 1
    return after
  }
  return line
}

/** Without the comment characters at its beginning; without blanks where there are none. */
function stripped(line: string, characters: string | null): string {
  if (characters === null) return line.trimStart()
  let start = 0
  while (start < line.length && characters.includes(line.charAt(start))) start += 1
  return line.slice(start)
}
