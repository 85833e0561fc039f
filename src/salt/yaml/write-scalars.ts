/** Writes one text in a style: plain, quoted, or as a block; long lines are folded at spaces. */
import { isWritable } from './analyze.ts'
import type { Page } from './page.ts'

export interface Writing {
  readonly page: Page
  readonly indent: number
  /** Spaces of one indentation. */
  readonly step: number
  /** Lines longer than this are folded. */
  readonly width: number
  readonly allowUnicode: boolean
}

const breaks = /[\n\r\x85\u2028\u2029]/

export function writePlain(text: string, writing: Writing, inFlow: boolean): void {
  const { page } = writing
  // An empty value of a block leaves no space behind its colon.
  if (!page.whitespace && (text !== '' || inFlow)) page.put(' ')
  writeFolded(text, writing)
  page.openEnded = false
  page.whitespace = false
  page.indention = false
}

export function writeSingleQuoted(text: string, writing: Writing): void {
  const { page } = writing
  page.indicator("'", true)
  writeFolded(text.replaceAll("'", "''"), writing)
  if (breaks.test(text.at(-1) ?? '')) page.writeIndent(writing.indent)
  page.indicator("'", false)
  page.whitespace = false
  page.indention = false
}

/** Single spaces give way to line breaks; a break is written twice, because one alone reads as a space. */
function writeFolded(text: string, { page, indent, width }: Writing): void {
  let broken = false
  for (const { 0: part, index } of text.matchAll(/ +|[\n\r\x85\u2028\u2029]+|[^ \n\r\x85\u2028\u2029]+/g)) {
    const inside = index > 0 && index < text.length - 1
    if (part === ' ' && inside && page.column > width) page.writeIndent(indent)
    else if (breaks.test(part)) {
      if (part.startsWith('\n')) page.break()
      for (const character of part) page.break(character)
      page.indention = true
      broken = true
    } else {
      if (broken) page.writeIndent(indent)
      page.put(part)
      page.indention = false
      broken = false
    }
  }
}

const letters: ReadonlyMap<string, string> = new Map([
  ['\0', '0'],
  ['\x07', 'a'],
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\v', 'v'],
  ['\f', 'f'],
  ['\r', 'r'],
  ['\x1b', 'e'],
  ['"', '"'],
  ['\\', '\\'],
  ['\x85', 'N'],
  ['\xa0', '_'],
  ['\u2028', 'L'],
  ['\u2029', 'P'],
])

export function writeDoubleQuoted(text: string, writing: Writing): void {
  const { page, indent, width, allowUnicode } = writing
  const characters = Array.from(text)
  page.indicator('"', true)
  for (const [index, character] of characters.entries()) {
    const inside = index > 0 && index < characters.length - 1
    const folds = character === ' ' && inside && characters[index - 1] !== ' ' && page.column > width
    if (folds) {
      page.writeIndent(indent)
      if (characters[index + 1] === ' ') page.put('\\')
    } else page.put(escaped(character, allowUnicode))
  }
  page.indicator('"', false)
  page.whitespace = false
  page.indention = false
}

function escaped(character: string, allowUnicode: boolean): string {
  const plain = isWritable(character, allowUnicode) && !breaks.test(character)
  if (plain && character !== '"' && character !== '\\') return character
  const letter = letters.get(character)
  if (letter) return `\\${letter}`
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase()
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/** A literal (`|`) or folded (`>`) block. */
export function writeBlock(text: string, writing: Writing, style: '|' | '>'): void {
  const { page } = writing
  const hints = blockHints(text, writing.step)
  page.indicator(style + hints, true)
  page.openEnded = hints.endsWith('+')
  page.break()
  page.indention = true
  page.whitespace = true
  if (style === '|') writeLiteral(text, writing)
  else writeFoldedBlock(text, writing)
}

function blockHints(text: string, step: number): string {
  const indent = /^[ \n\r\x85\u2028\u2029]/.test(text) ? String(step) : ''
  const last = text.at(-1) ?? ''
  if (!breaks.test(last)) return `${indent}-`
  return text.length === 1 || breaks.test(text.at(-2) ?? '') ? `${indent}+` : indent
}

function writeLiteral(text: string, { page, indent }: Writing): void {
  for (const part of text.match(/[\n\r\x85\u2028\u2029]|[^\n\r\x85\u2028\u2029]+/g) ?? []) {
    if (breaks.test(part)) page.break(part)
    else {
      page.indention = true
      page.writeIndent(indent)
      page.put(part)
    }
  }
}

function writeFoldedBlock(text: string, { page, indent, width }: Writing): void {
  let afterBreak = true
  let leadingSpaces = true
  const characters = Array.from(text)
  for (const [index, character] of characters.entries()) {
    if (breaks.test(character)) {
      if (!afterBreak && !leadingSpaces && character === '\n') {
        const next = characters.slice(index).find(other => !breaks.test(other))
        if (next !== undefined && next !== ' ') page.break()
      }
      page.break(character)
      page.indention = true
      afterBreak = true
      continue
    }
    if (afterBreak) {
      page.writeIndent(indent)
      leadingSpaces = character === ' '
    }
    const folds = !afterBreak && character === ' ' && characters[index + 1] !== ' ' && page.column > width
    if (folds) page.writeIndent(indent)
    else page.put(character)
    page.indention = false
    afterBreak = false
  }
}
