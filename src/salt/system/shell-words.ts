/** Splits a command line into words as Python's shlex does, and quotes a word for sh. */
import { StateException } from '../definition/exceptions.ts'

export function shellWords(line: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote: '"' | "'" | null = null
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] as string
    if (quote === "'") {
      if (sign === "'") quote = null
      else word += sign
    } else if (quote === '"') {
      if (sign === '"') quote = null
      else if (sign === '\\' && (line[at + 1] === '"' || line[at + 1] === '\\')) word += line[++at] as string
      else word += sign
    } else if (sign === '"' || sign === "'") {
      quote = sign
      word ??= ''
    } else if (sign === '\\') {
      if (++at >= line.length) throw new StateException('ValueError', 'No escaped character')
      word = (word ?? '') + (line[at] as string)
    } else if (/[ \t\r\n]/.test(sign)) {
      if (word !== null) words.push(word)
      word = null
    } else word = (word ?? '') + sign
  }
  if (quote) throw new StateException('ValueError', 'No closing quotation')
  if (word !== null) words.push(word)
  return words
}

export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
}
