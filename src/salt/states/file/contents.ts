/** The text that contents, contents_pillar or contents_grains ask for. */

import type { StateCall } from '../../definition/define.ts'
import { merged } from '../../definition/merge.ts'
import { traverse } from '../../definition/traverse.ts'
import { textOf, truthOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { splitLines } from '../../python/methods/str.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'

/** The text or the bytes; null where none is asked for; a fault as a sentence. */
export type Contents = { readonly text: string | Uint8Array | null } | { readonly fault: string }

const kinds = ['contents', 'contents_pillar', 'contents_grains'] as const

export function contentsCount({ args }: StateCall): number {
  return kinds.filter(kind => args.value(kind) !== null).length
}

export function contentsOf(call: StateCall): Contents {
  const { args, tools } = call
  let value: Value | undefined
  if (args.value('contents_pillar') !== null) value = gathered(call, 'contents_pillar', tools.pillar)
  else if (args.value('contents_grains') !== null) value = gathered(call, 'contents_grains', tools.grains)
  else value = args.value('contents')
  if (value === undefined) return { fault: missing(call) }
  if (value === null) return { text: null }
  if (!args.flag('allow_empty') && !truthOf(value)) {
    const kind = kinds.find(name => name !== 'contents' && args.value(name) !== null)
    const id = kind ? `${kind} ${textOf(args.value(kind))}` : "'contents'"
    const advice = 'Set allow_empty to True to allow the managed file to be empty.'
    return { fault: `${id} value would result in empty contents. ${advice}` }
  }
  return textOfContents(value, args.flag('contents_newline'))
}

function textOfContents(value: Value, endsWithNewline: boolean): Contents {
  if (value instanceof Uint8Array) {
    if (!isUtf8(value)) return { text: value }
    return textOfContents(Buffer.from(value).toString('utf8'), endsWithNewline)
  }
  const parts = partsOf(value)
  if (parts.length === 0) {
    const what = 'Contents specified by contents/contents_pillar/contents_grains'
    return { fault: `${what} is not a string or list of strings, and is not binary data. SLS is likely malformed.` }
  }
  const lines = parts.flatMap(part => splitLines(part, false))
  const text = lines.map(line => `${line}\n`).join('')
  return { text: endsWithNewline ? text : text.replace(/[\r\n]+$/, '') }
}

function partsOf(value: Value): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.map(textOf)
  if (value instanceof Tuple) return value.items.map(textOf)
  if (value instanceof Set) return [...value].map(textOf)
  return [textOf(value)]
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

/** One value of the pillar or the grains, or several joined by line breaks; undefined where one is not there. */
function gathered({ args }: StateCall, kind: string, from: Dict): Value | undefined {
  const delimiter = args.text('contents_delimiter')
  const keys = args.value(kind)
  if (!Array.isArray(keys)) return found(from, textOf(keys), delimiter)
  const parts = keys.map(key => found(from, textOf(key), delimiter))
  return parts.includes(undefined) ? undefined : parts.map(part => textOf(part ?? null)).join('\n')
}

function found(from: Dict, key: string, delimiter: string): Value | undefined {
  const value = traverse(from, key, delimiter)
  return value
}

function missing({ args, tools }: StateCall): string {
  const [kind, word, from] =
    args.value('contents_pillar') !== null
      ? (['contents_pillar', 'Pillar', tools.pillar] as const)
      : (['contents_grains', 'Grain', tools.grains] as const)
  const lost = args.list(kind).find(key => found(from, textOf(key), args.text('contents_delimiter')) === undefined)
  return `${word} ${textOf(lost ?? null)} does not exist`
}

/** What templates of managed files see beyond the usual: the state's own arguments below its defaults and context. */
export function templateContext(call: StateCall, named: Readonly<Record<string, Value>>): Dict {
  const { args } = call
  const context = new Dict()
  for (const [key, value] of Object.entries(named)) context.set(key, value)
  for (const [key, value] of args.others) context.set(key, value)
  for (const [key, value] of merged(args.mapping('defaults'), args.mapping('context'))) context.set(key, value)
  return context
}
