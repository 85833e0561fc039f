/** Python's textwrap.wrap, for one line without newlines. */

import { valueError } from '../python/error.ts'
import { characters, textLength, textOf } from '../python/text.ts'

export interface Wrapping {
  readonly width: number
  readonly breakLongWords: boolean
  readonly breakOnHyphens: boolean
}

export function wrapText(text: string, { width, breakLongWords, breakOnHyphens }: Wrapping): string[] {
  if (width <= 0) throw valueError(`invalid width ${width} (must be > 0)`)
  const chunks = split(text, breakOnHyphens).reverse()
  const lines: string[] = []
  while (chunks.length) {
    const line: string[] = []
    let length = 0
    if (lines.length && chunks.at(-1)?.trim() === '') chunks.pop()
    while (chunks.length && length + textLength(chunks.at(-1) ?? '') <= width) {
      const chunk = chunks.pop() ?? ''
      line.push(chunk)
      length += textLength(chunk)
    }
    const next = chunks.at(-1)
    if (next !== undefined && textLength(next) > width) {
      if (breakLongWords) {
        const end = breakingPoint(next, width - length, breakOnHyphens)
        line.push(textOf(characters(next).slice(0, end)))
        chunks[chunks.length - 1] = textOf(characters(next).slice(end))
      } else if (line.length === 0) line.push(chunks.pop() ?? '')
    }
    if (line.length && line.at(-1)?.trim() === '') line.pop()
    if (line.length) lines.push(line.join(''))
  }
  return lines
}

/** How much of a word that is too long goes onto this line: to its last hyphen there, else as much as there is room for. */
function breakingPoint(word: string, room: number, breakOnHyphens: boolean): number {
  const start = textOf(characters(word).slice(0, room))
  const hyphen = start.lastIndexOf('-')
  return breakOnHyphens && hyphen > 0 && /[^-]/.test(start.slice(0, hyphen))
    ? textLength(start.slice(0, hyphen)) + 1
    : room
}

/** Words and the blanks between them; words also after their hyphens. */
function split(text: string, breakOnHyphens: boolean): string[] {
  const pieces = text.split(/(\s+)/).filter(piece => piece !== '')
  if (!breakOnHyphens) return pieces
  return pieces.flatMap(piece =>
    piece.split(
      /(?<=[\p{L}_][\p{L}\p{N}_]*-)(?=[\p{L}_]{2})|(?<=\S)(?=-{2,}[\p{L}\p{N}_])|(?<=-{2,})(?=[\p{L}\p{N}_])/u,
    ),
  )
}
