/** Slots: arguments that are worked out when their step runs, `__slot__:salt:test.echo(text)`. */

import type { StateTools } from '../context/tools.ts'
import { traversed } from '../definition/traverse.ts'
import type { Step } from '../language/step.ts'
import { Dict } from '../python/dict.ts'
import type { Value } from '../python/value.ts'

const MARK = '__slot__:'

/** A function with its arguments, all of them texts, as `test.arg(one, key=two)` names them. */
export interface SlotCall {
  readonly name: string
  readonly args: readonly string[]
  readonly keywords: ReadonlyMap<string, string>
}

/** The step with its slots filled: texts, texts inside of lists, values of mappings, and of mappings inside of lists. */
export async function withSlots(step: Step, tools: StateTools): Promise<Step> {
  const filled = new Dict()
  for (const [key, value] of step.arguments) filled.set(key, hasSlot(value) ? await fill(value, tools) : value)
  return { ...step, arguments: filled }
}

export function hasSlots(step: Step): boolean {
  for (const value of step.arguments.values()) if (hasSlot(value)) return true
  return false
}

function hasSlot(value: Value): boolean {
  if (typeof value === 'string') return value.startsWith(MARK)
  if (value instanceof Dict) return [...value.values()].some(isSlot)
  return Array.isArray(value) && value.some(item => isSlot(item) || (item instanceof Dict && hasSlot(item)))
}

function isSlot(value: Value): boolean {
  return typeof value === 'string' && value.startsWith(MARK)
}

async function fill(value: Value, tools: StateTools): Promise<Value> {
  if (typeof value === 'string') return value.startsWith(MARK) ? answerOf(value, tools) : value
  if (Array.isArray(value)) return Promise.all(value.map(item => fill(item, tools)))
  if (!(value instanceof Dict)) return value
  const filled = new Dict(value.className)
  for (const [key, item] of value) filled.set(key, typeof item === 'string' ? await fill(item, tools) : item)
  return filled
}

/** What is no slot after all stays the text that it is. */
async function answerOf(slot: string, tools: StateTools): Promise<Value> {
  const [, kind, rest = ''] = /^__slot__:([^:]*):(.*)$/s.exec(slot) ?? []
  const call = kind === 'salt' ? readCall(rest) : undefined
  if (!call || !(await tools.has(call.name))) {
    tools.log('warning', `Malformed slot: ${slot}`)
    return slot
  }
  const answer = await tools.call(call.name, call.args, new Map(call.keywords))
  const [text = '', ...appended] = rest.split('~')
  const path = text
    .slice(text.lastIndexOf(')') + 1)
    .replace(/^[^.]*\.?/, '')
    .trim()
  const found = path ? traversed(answer, path, '.') : answer
  return typeof found === 'string' ? found + appended.join(' ').trim() : found
}

/** Undefined where the text is no call. */
export function readCall(text: string): SlotCall | undefined {
  const tokens = tokensOf(text)
  const open = tokens.indexOf('(')
  if (open < 1) return undefined
  const args: string[] = []
  const keywords = new Map<string, string>()
  const brackets: string[] = []
  let key: string | null = null
  let word: string | null = null
  for (const token of tokens.slice(open + 1)) {
    if (brackets.length === 0 && (token === ',' || token === ')')) {
      if (key !== null) keywords.set(key, word ?? '')
      else if (word !== null) args.push(word)
      if (token === ')') return { name: tokens.slice(0, open).join(''), args, keywords }
      key = null
      word = null
    } else if (token === '=' && brackets.length === 0) {
      key = word ?? ''
      word = null
    } else {
      if (/^[[{(]$/.test(token)) brackets.push(token)
      else if (/^[\]})]$/.test(token) && brackets.pop() !== { ']': '[', '}': '{', ')': '(' }[token]) return undefined
      word = (word ?? '') + token
    }
  }
  return undefined
}

/** Words, quoted texts without their quotes, and single signs, as Python's shlex finds them. */
function tokensOf(text: string): string[] {
  const pattern = /\s+|((?:[\p{L}\p{N}_]|"(?:\\["\\]|[^"])*"|'[^']*'|\\.)+)|(.)/gsu
  return [...text.matchAll(pattern)].flatMap(([, word, sign]) =>
    word !== undefined ? [unquoted(word)] : sign !== undefined ? [sign] : [],
  )
}

function unquoted(word: string): string {
  return word.replace(/"((?:\\["\\]|[^"])*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
    double === undefined ? (single ?? escaped) : double.replace(/\\(["\\])/g, '$1'),
  )
}
