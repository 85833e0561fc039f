/** Inserts, replaces, deletes or makes sure of one line: the work of file.line. */
import { compileRegex, search } from '../../../python/regex.ts'
import { executionError } from '../../exceptions.ts'
import { linesOf } from './diff.ts'

export interface LineEdit {
  readonly mode: 'ensure' | 'insert' | 'delete' | 'replace'
  readonly content: string | null
  readonly match: string | null
  readonly location: 'start' | 'end' | null
  readonly before: string | null
  readonly after: string | null
  /** The line gets the indentation of its neighbour. */
  readonly indent: boolean
}

export function editLine(text: string, edit: LineEdit): string {
  const lines = linesOf(text)
  const content = edit.content ?? ''
  switch (edit.mode) {
    case 'delete': {
      const matched = matching(lines, edit.match ?? edit.content)
      return lines.filter(line => !matched.has(line)).join('')
    }
    case 'replace': {
      const matched = matching(lines, edit.match ?? edit.content)
      return lines.map(line => (matched.has(line) ? likeNeighbour(line, content, edit.indent) : line)).join('')
    }
    case 'insert':
      return inserted(lines, content, edit).join('')
    case 'ensure':
      return ensured(lines, content, edit).join('')
  }
}

/** The lines that hold the text, or that the pattern matches. */
function matching(lines: readonly string[], pattern: string | null): Set<string> {
  if (pattern === null || pattern === '') return new Set()
  const regex = compileRegex(pattern, { dotAll: true })
  return new Set(lines.filter(line => line.includes(pattern) || search(regex, line) !== null))
}

/** The place of the only line that matches. */
function placeOf(lines: readonly string[], pattern: string, target: 'before' | 'after'): number {
  const found = [...lines.keys()].filter(index => matching([lines[index] ?? ''], pattern).size > 0)
  if (found.length === 1) return found[0] ?? 0
  const amount = found.length > 1 ? 'more than' : found.length === 0 ? 'no' : 'less than'
  throw executionError(`Found ${amount} expected occurrences in "${target}" expression`)
}

/** With the indentation and the line end of a neighbour. */
function likeNeighbour(neighbour: string, content: string, indent: boolean): string {
  const end = /\r?\n$/.exec(neighbour)?.[0] ?? '\n'
  const blanks = indent ? (/^[ \t]*/.exec(neighbour)?.[0] ?? '') : ''
  const bare = content.replace(/\s+$/, '')
  return (indent ? blanks + bare.trimStart() : bare) + end
}

function isSame(line: string | undefined, content: string): boolean {
  return line !== undefined && line.trim() === content.trim()
}

function inserted(lines: readonly string[], content: string, edit: LineEdit): string[] {
  const { before, after, location, indent } = edit
  if (location === null && before === null && after === null)
    throw executionError('On insert either "location" or "before/after" conditions are required.')
  if (location === 'start')
    return isSame(lines[0], content) ? [...lines] : [likeNeighbour(lines[0] ?? '', content, false), ...lines]
  if (location === 'end') {
    const last = lines.at(-1)
    if (isSame(last, content)) return [...lines]
    const ended = last === undefined || last.endsWith('\n') ? lines : [...lines.slice(0, -1), `${last}\n`]
    return [...ended, likeNeighbour(last ?? '', content, indent && last !== undefined)]
  }
  return beside(lines, content, edit)
}

/** Between, before or after the lines that match; not where it stands already. */
function beside(lines: readonly string[], content: string, { before, after, indent }: LineEdit): string[] {
  const start = after === null ? null : placeOf(lines, after, 'after')
  const end = before === null ? null : placeOf(lines, before, 'before')
  const neighbour = lines[end ?? start ?? 0] ?? ''
  const line = likeNeighbour(neighbour, content, indent)
  if (start !== null && end !== null) {
    if (lines.slice(start + 1, end).some(inside => isSame(inside, content))) return [...lines]
    return [...lines.slice(0, end), line, ...lines.slice(end)]
  }
  if (end !== null)
    return isSame(lines[end - 1], content) ? [...lines] : [...lines.slice(0, end), line, ...lines.slice(end)]
  const at = (start ?? 0) + 1
  if (isSame(lines[at], content)) return [...lines]
  const head = lines.slice(0, at).map(one => (one.endsWith('\n') ? one : `${one}\n`))
  return [...head, line, ...lines.slice(at)]
}

function ensured(lines: readonly string[], content: string, edit: LineEdit): string[] {
  const { before, after, indent } = edit
  if (before === null && after === null) {
    const where = 'Unable to ensure line without knowing where to put it before and/or after.'
    throw executionError(`Wrong conditions? ${where}`)
  }
  if (before === null || after === null) return beside(lines, content, edit)
  const start = placeOf(lines, after, 'after')
  const end = placeOf(lines, before, 'before')
  if (lines.slice(start + 1, end).some(inside => isSame(inside, content))) return [...lines]
  if (end - start > 2) throw executionError('Found more than one line between boundaries "before" and "after".')
  return [...lines.slice(0, start + 1), likeNeighbour(lines[start] ?? '', content, indent), ...lines.slice(end)]
}
