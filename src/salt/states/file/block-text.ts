/** Replaces what stands between two markers, markers kept: the work of file.blockreplace. */

import { executionError, invocationError } from '../../definition/exceptions.ts'
import { compileRegex, search } from '../../python/regex.ts'
import { linesOf } from './diff.ts'

export interface Block {
  readonly start: string
  readonly end: string
  readonly content: string
  /** Where the block goes when there is none; the patterns name a line. */
  readonly ifNotFound: 'nothing' | 'append' | 'prepend' | { readonly before: string } | { readonly after: string }
  /** A line break after the content; null: where it has none of its own. */
  readonly appendNewline: boolean | null
}

export function replaceBlock(text: string, block: Block): string {
  const lines = linesOf(text)
  const lineEnd = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n'
  const kept: string[] = []
  let inside = false
  let found = false
  for (const line of lines) {
    if (line.includes(block.start)) inside = true
    else if (inside) {
      const at = line.indexOf(block.end)
      if (at !== -1) {
        inside = false
        found = true
        kept.push(...blockLines(block, lineEnd, line.slice(at)))
      }
      continue
    }
    kept.push(line)
  }
  if (inside) throw executionError('Unterminated marked block. End of file reached before marker_end.')
  return (found ? kept : placed(kept, block, lineEnd)).join('')
}

function placed(lines: readonly string[], block: Block, lineEnd: string): string[] {
  const { ifNotFound } = block
  const whole = [block.start + lineEnd, ...blockLines(block, lineEnd, block.end)]
  if (ifNotFound === 'prepend') return [...whole, ...lines]
  if (ifNotFound === 'append') {
    const last = lines.at(-1)
    const ended = last === undefined || last.endsWith(lineEnd) ? lines : [...lines.slice(0, -1), last + lineEnd]
    return [...ended, ...whole]
  }
  if (ifNotFound !== 'nothing') {
    const before = 'before' in ifNotFound
    const regex = compileRegex(before ? ifNotFound.before : ifNotFound.after)
    const at = lines.findIndex(line => search(regex, line) !== null)
    const cut = before ? at : at + 1
    if (at !== -1) return [...lines.slice(0, cut), ...whole, ...lines.slice(cut)]
  }
  throw executionError('Cannot edit marked block. Markers were not found in file.')
}

/** The content and the line of the end marker. */
function blockLines(block: Block, lineEnd: string, endLine: string): string[] {
  const end = endLine.replace(/[\r\n]+$/, '') + lineEnd
  const lines = block.content.split(/\r?\n/)
  const last = lines.pop() ?? ''
  const newline = block.appendNewline ?? !block.content.endsWith('\n')
  return [...lines.map(line => line + lineEnd), ...(newline ? [last + lineEnd, end] : [last + end])]
}

export function refuseSeveralPlaces(places: Readonly<Record<string, boolean>>): void {
  const args = Object.entries(places).filter(([, wanted]) => wanted)
  if (args.length > 1) throw invocationError(`Only one of ${args.map(([name]) => name).join(' and ')} is permitted`)
}
