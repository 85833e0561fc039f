/** Replaces what a pattern matches, and adds a line where it matches nothing: the work of file.replace. */
import { compileRegex, escapeRegex, type RegexFlags, search, substitute } from '../../python/regex.ts'

export interface Replacing {
  readonly pattern: string
  readonly replacement: string
  /** 0: all. */
  readonly count: number
  readonly flags: RegexFlags
  /** A backslash in the replacement is a backslash. */
  readonly literal: boolean
  readonly ifNotFound: 'nothing' | 'append' | 'prepend'
  /** What is added; null: the replacement. */
  readonly added: string | null
}

export function replaceIn(text: string, replacing: Replacing): string {
  const regex = compileRegex(replacing.pattern, replacing.flags)
  const { replacement } = replacing
  const template = replacing.literal ? replacement.replaceAll('\\', '\\\\') : replacement
  if (search(regex, text)) return substitute(regex, template, text, replacing.count)
  if (replacing.ifNotFound === 'nothing') return text
  const added = replacing.added ?? replacement
  // What an earlier run added is not added again.
  if (search(compileRegex(`^${escapeRegex(added)}($|(?=\\r\\n))`, replacing.flags), text)) return text
  if (replacing.ifNotFound === 'prepend') return `${added}\n${text}`
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${added}\n`
}
