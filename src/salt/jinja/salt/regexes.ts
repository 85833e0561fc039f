/** Salt's filters with regular expressions. */
import { compileRegex, escapeRegex, groupsOf, match, search, substitute } from '../../python/regex.ts'
import { str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import type { Value } from '../../python/value.ts'
import { defineFilter } from '../define.ts'

const flags = { ignorecase: false, multiline: false }

export const regexFilters = [
  defineFilter({
    name: 'regex_match',
    does: 'The groups of a match at the start of the text, or None.',
    takes: { rgx: undefined, ...flags },
    run: (value, _, pattern, ignoreCase, multiLine) => {
      const found = match(regexOf(pattern, ignoreCase, multiLine), str(value))
      return found && groupsOf(found)
    },
  }),
  defineFilter({
    name: 'regex_search',
    does: 'The groups of the first match in the text, or None.',
    takes: { rgx: undefined, ...flags },
    run: (value, _, pattern, ignoreCase, multiLine) => {
      const found = search(regexOf(pattern, ignoreCase, multiLine), str(value))
      return found && groupsOf(found)
    },
  }),
  defineFilter({
    name: 'regex_replace',
    does: 'Every match replaced; \\1 and \\g<name> stand for groups.',
    takes: { rgx: undefined, val: undefined, ...flags },
    run: (value, _, pattern, replacement, ignoreCase, multiLine) =>
      substitute(regexOf(pattern, ignoreCase, multiLine), str(replacement), str(value)),
  }),
  defineFilter({
    name: 'regex_escape',
    does: 'The text as a regular expression that finds just that text.',
    run: value => escapeRegex(str(value)),
  }),
]

export function regexOf(pattern: Value, ignoreCase: Value, multiLine: Value) {
  return compileRegex(str(pattern), { ignoreCase: truth(ignoreCase), multiLine: truth(multiLine) })
}
