/** Inserts, replaces, deletes or makes sure of one line: the work of file.line. */

import { executionError } from '../../definition/exceptions.ts'
import { compileRegex, search } from '../../python/regex.ts'
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
      const matched = lastMatch(lines, edit.match ?? edit.content)
      return lines.filter(line => line !== matched).join('')
    }
    case 'replace': {
      const matched = lastMatch(lines, edit.match ?? edit.content)
      const at = matched === null ? -1 : lines.indexOf(matched)
      return lines.map((line, index) => (index === at ? likeNeighbour(line, content, edit.indent) : line)).join('')
    }
    case 'insert':
      return inserted(lines, content, edit).join('')
    case 'ensure':
      return ensured(lines, content, edit).join('')
  }
}

/** Of the lines that hold the text, or that the pattern matches, the last: as Salt takes it. */
function lastMatch(lines: readonly string[], pattern: string | null): string | null {
  if (pattern === null || pattern === '') return null
  const regex = compileRegex(pattern, { dotAll: true })
  return lines.findLast(line => line.includes(pattern) || search(regex, line) !== null) ?? null
}

/** Where the line of a boundary stands; null where none was asked for or found. */
function placeOf(lines: readonly string[], pattern: string | null, target: 'before' | 'after'): number | null {
  const found = lastMatch(lines, pattern)
  if (found === null) return null
  if (lines.filter(line => line === found).length > 1)
    throw executionError(`Found more than expected occurrences in "${target}" expression`)
  return lines.indexOf(found)
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
  const found = beside(lines, content, edit)
  if (found) return found
  throw executionError('Neither before or after was found in file')
}

/** Between, before or after the lines that match; not where it stands already. */
function beside(lines: readonly string[], content: string, { before, after, indent }: LineEdit): string[] | null {
  const start = placeOf(lines, after, 'after')
  const end = placeOf(lines, before, 'before')
  if (end !== null) {
    const line = likeNeighbour(lines[end] ?? '', content, indent)
    const between = start === null ? lines.slice(Math.max(0, end - 1), end) : lines.slice(start + 1, end)
    if (between.some(inside => isSame(inside, content))) return [...lines]
    return [...lines.slice(0, end), line, ...lines.slice(end)]
  }
  if (start === null) return null
  if (isSame(lines[start + 1], content)) return [...lines]
  const head = lines.slice(0, start + 1).map(one => (one.endsWith('\n') ? one : `${one}\n`))
  return [...head, likeNeighbour(lines[start] ?? '', content, indent), ...lines.slice(start + 1)]
}

function ensured(lines: readonly string[], content: string, edit: LineEdit): string[] {
  const start = placeOf(lines, edit.after, 'after')
  const end = placeOf(lines, edit.before, 'before')
  if (start !== null && end !== null) {
    if (lines.some(line => isSame(line, content))) return [...lines]
    if (end - start > 2) throw executionError('Found more than one line between boundaries "before" and "after".')
    const line = likeNeighbour(lines[start] ?? '', content, edit.indent)
    return [...lines.slice(0, start + 1), line, ...lines.slice(end)]
  }
  const found = beside(lines, content, edit)
  if (found) return found
  const where = 'Unable to ensure line without knowing where to put it before and/or after.'
  throw executionError(`Wrong conditions? ${where}`)
}
