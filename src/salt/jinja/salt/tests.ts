/** The tests that Salt adds. */
import { match } from '../../python/regex.ts'
import { str } from '../../python/repr.ts'
import { defineTest, type TestDefinition } from '../define.ts'
import { regexOf } from './regexes.ts'

export const saltTests: readonly TestDefinition[] = [
  defineTest({
    name: 'match',
    does: 'A regular expression matches at the start of the text.',
    takes: { rgx: undefined, ignorecase: false, multiline: false },
    run: (value, _, pattern, ignoreCase, multiLine) =>
      match(regexOf(pattern, ignoreCase, multiLine), str(value)) !== null,
  }),
]
