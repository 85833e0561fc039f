import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PyError } from '../../../../src/salt/python/error.ts'
import { compileRegex, groupsOf, match, matches, namedGroups, substitute } from '../../../../src/salt/python/regex.ts'

/** Pattern, flags, text, replacement; asked of Python itself. */
const asked: readonly (readonly [string, string, string, string])[] = [
  ['release-(\\d+)', '', 'release-2014', '<\\1>'],
  ['(?P<key>\\w+)=(?P<value>[^;]*)', '', 'x=1;y=22', '\\g<value>:\\g<key>'],
  ['(?P<q>[\'"]).*?(?P=q)', '', 'a "b" \'c\'', '_'],
  ['^a$', 'm', 'a\nb\na', 'x'],
  ['^a$', '', 'a\n', 'x'],
  ['a\\Z', '', 'a\n', 'x'],
  ['\\Aa', 'm', 'a\na', 'x'],
  ['a.b', '', 'a\nb acb', 'x'],
  ['a.b', 's', 'a\nb acb', 'x'],
  ['(?i)HELLO', '', 'hello Hello', '\\g<0>!'],
  ['foo', 'i', 'Foo fOO', 'bar'],
  ['(?x) a  b # comment\n c', '', 'abc', 'x'],
  ['\\bword\\b', '', 'word swordx word.', 'W'],
  ['\\Bx', '', 'xx ax x', 'y'],
  ['[\\w.-]+@[\\w-]+', '', 'me.x@host-1 é@ö', 'mail'],
  ['[^\\s,]+', '', 'a, b\tc', '-'],
  ['[]x]+', '', 'a]x]', '-'],
  ['[^]]+', '', 'ab]c', '-'],
  ['[a\\]b]+', '', 'a]bc', '-'],
  ['[\\W\\d]+', '', 'ab12 c', '-'],
  ['[^\\W\\d]+', '', 'ab12 c', '-'],
  ['[\\S]+', '', 'ab 12', '-'],
  ['[a-c-]+', '', 'ab-d', '_'],
  ['[-a]+', '', 'a-b', '_'],
  ['[\\d-x]+', '', '1-x y', '_'],
  ['[$.*+]', '', 'a$b.c*d+', '_'],
  ['a{2}', '', 'aaaa', 'b'],
  ['a{,2}b', '', 'aaab', 'x'],
  ['a{1,}', '', 'aaa', 'x'],
  ['a{x}', '', 'a{x}', 'y'],
  ['{}', '', 'a{}b', 'x'],
  ['a}', '', 'a}', 'x'],
  ['(a)|(b)', '', 'ab', '[\\1\\2]'],
  ['(a)?b', '', 'b ab', '<\\1>'],
  ['(?:ab)+', '', 'ababc', 'x'],
  ['(?=a)a', '', 'aa', 'x'],
  ['(?<!a)b', '', 'ab b', 'x'],
  ['(?<=a)b', '', 'ab b', 'x'],
  ['a(?#comment)b', '', 'ab', 'x'],
  ['(?i:A)b', '', 'ab AB Ab', 'x'],
  ['\\x41\\u0042\\101', '', 'ABA', 'x'],
  ['\\t\\n', '', 'a\t\nb', '\\t|\\n'],
  ['(\\w)\\1', '', 'aabbc', '<\\1>'],
  ['\\-\\_?\\/\\:', '', '-_/: -/:', 'x'],
  ['\\.conf$', '', 'a.conf', '.bak'],
  ['', '', 'ab', '-'],
  ['x*', '', 'axb', '-'],
  ['^\\s*(#.*)?$', 'm', '# c\n\nx\n', 'E'],
  ['^(.*)PermitRootLogin(.*)$', 'm', 'a\n#PermitRootLogin yes\n', 'PermitRootLogin no'],
  ['\\d+(?!\\.)', '', '12. 34', 'n'],
  ['[[:alpha:]]', '', 'a:]', '_'],
  ['(a', '', 'a', ''],
  ['a)', '', 'a', ''],
  ['*a', '', 'a', ''],
  ['[a', '', 'a', ''],
  ['a**', '', 'a', ''],
  ['\\q', '', 'q', ''],
  ['(?P<1a>x)', '', 'x', ''],
  ['(?P<a>x)(?P<a>y)', '', 'xy', ''],
  ['\\2(a)', '', 'a', ''],
  ['(a)', '', 'a', '\\2'],
  ['a', '', 'a', '\\q'],
  ['a', '', 'a', '\\\\n'],
  ['a', '', 'a', '$1$&'],
  ['😀.', '', 'x😀y', '!'],
  ['.', '', '😀', '!'],
]

describe("Python's regular expressions find and replace what they do in Python", () => {
  const answers = askPython()
  test.each(asked.map((one, at) => [...one, answers[at]] as const))(
    '%s (%s) on %j',
    (pattern, flags, text, replacement, answer) => {
      expect(ours(pattern, flags, text, replacement)).toEqual(answer)
    },
  )
})

function askPython(): unknown[] {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'regex-oracle.py')], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new Error(`This test compares with Debian's Python. Install it: apt-get install python3\n${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

function ours(pattern: string, flags: string, text: string, replacement: string): unknown {
  try {
    const regex = compileRegex(pattern, {
      ignoreCase: flags.includes('i'),
      multiLine: flags.includes('m'),
      dotAll: flags.includes('s'),
      verbose: flags.includes('x'),
    })
    const found = match(regex, text)
    const names = found && regex.names.size ? Object.fromEntries(namedGroups(regex, found)) : null
    return {
      found: matches(regex, text).map(one => one[0]),
      match: found ? groupsOf(found).items : null,
      names,
      sub: substitute(regex, replacement, text),
    }
  } catch (error) {
    if (error instanceof PyError) return { error: true }
    throw error
  }
}
