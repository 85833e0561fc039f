/** Puts a comment character before the lines that a pattern matches, and takes it away: the work of file.comment and file.uncomment. */
import { compileRegex, match } from '../../python/regex.ts'
import { linesOf } from './diff.ts'

export function commentLines(text: string, pattern: string, character: string): string {
  const regex = compileRegex(anchored(pattern, pattern.startsWith('^') ? '^' : ''))
  return linesOf(text)
    .map(line => (match(regex, line) ? character + line : line))
    .join('')
}

export function uncommentLines(text: string, pattern: string, character: string): string {
  const regex = compileRegex(anchored(pattern, `^${character}\\s*`))
  return linesOf(text)
    .map(line => (match(regex, line) ? withoutLeading(line, character) : line))
    .join('')
}

function anchored(pattern: string, before: string): string {
  const bare = pattern.replace(/^\^+/, '').replace(/\$+$/, '')
  return `${before}(${bare})${pattern.endsWith('$') ? '$' : ''}`
}

function withoutLeading(line: string, characters: string): string {
  let start = 0
  while (start < line.length && characters.includes(line.charAt(start))) start += 1
  return line.slice(start)
}
