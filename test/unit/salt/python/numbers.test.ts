import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { negative, type Operator, operate } from '../../../../src/salt/python/arithmetic.ts'
import { ordered } from '../../../../src/salt/python/compare.ts'
import { PyError } from '../../../../src/salt/python/error.ts'
import { Float } from '../../../../src/salt/python/float.ts'
import { rounded } from '../../../../src/salt/python/float-text.ts'
import { formatValue } from '../../../../src/salt/python/format-spec.ts'
import { integer } from '../../../../src/salt/python/integer.ts'
import { percent } from '../../../../src/salt/python/percent.ts'
import { repr, str } from '../../../../src/salt/python/repr.ts'
import { Tuple } from '../../../../src/salt/python/tuple.ts'
import type { Value } from '../../../../src/salt/python/value.ts'

/** A number in both worlds: as ours, and as Python writes it. */
const numbers: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(integer),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => new Float(value)),
  fc.integer({ min: -100_000, max: 100_000 }).map(value => new Float(value / 8)),
  fc.integer({ min: -100_000, max: 100_000 }).map(value => new Float(value / 1000)),
  fc.boolean(),
)
const operators = fc.constantFrom<Operator>('+', '-', '*', '/', '//', '%')
const formats = fc.constantFrom(
  '',
  'd',
  '5',
  '<7',
  '>12',
  '^9',
  '+',
  ' ',
  '08',
  ',',
  '_',
  '.2f',
  '.0f',
  '10.3f',
  'e',
  '.3e',
  'g',
  '.3g',
  '.10g',
  '%',
  '.1%',
  'x',
  '#x',
  'b',
  'o',
  ',.2f',
  '+.1f',
  '*^12',
  '=+8',
  '.3',
  'G',
  'E',
  'n',
  'c',
  's',
)
const percents = fc.constantFrom(
  '%s',
  '%d',
  '%5d',
  '%-8d|',
  '%08d',
  '%+d',
  '%x',
  '%#o',
  '%.2f',
  '%10.1f',
  '%e',
  '%g',
  '%.3g',
  '%r',
  '%5s|',
  '% d',
  '%i',
)

interface Case {
  readonly python: string
  readonly ours: () => string
}
const code = (value: Value) => `(${repr(value)})`.replace('(inf)', '1e999')

const cases: fc.Arbitrary<Case> = fc.oneof(
  fc.tuple(numbers, operators, numbers).map(([a, operator, b]) => ({
    python: `${code(a)} ${operator} ${code(b)}`,
    ours: () => str(operate(operator, a, b)),
  })),
  fc.tuple(numbers, fc.integer({ min: -3, max: 40 })).map(([a, b]) => ({
    python: `${code(integerOnly(a))} ** ${code(b)}`,
    ours: () => str(operate('**', integerOnly(a), b)),
  })),
  fc.tuple(numbers, numbers, fc.constantFrom('<', '<=', '>', '>=')).map(([a, b, operator]) => ({
    python: `${code(a)} ${operator} ${code(b)}`,
    ours: () => str(ordered(operator as '<', a, b)),
  })),
  fc
    .tuple(numbers, formats)
    .map(([a, format]) => ({ python: `'{:${format}}'.format(${code(a)})`, ours: () => formatValue(a, format) })),
  fc
    .tuple(numbers, percents)
    .map(([a, format]) => ({ python: `'${format}' % (${code(a)},)`, ours: () => percent(format, new Tuple([a])) })),
  numbers.map(a => ({ python: `-${code(a)}`, ours: () => str(negative(a)) })),
  fc
    .tuple(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), fc.nat(6))
    .map(([a, digits]) => ({
      python: `round(${code(new Float(a))}, ${digits})`,
      ours: () => str(new Float(rounded(a, digits))),
    })),
  fc
    .string({ unit: 'binary', maxLength: 12 })
    .filter(text => text.isWellFormed() && !UNASSIGNED.test(text))
    .map(text => ({ python: JSON.stringify(text).replace(/[^\x20-\x7e]/gu, escaped), ours: () => str(text) })),
  fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .filter(text => !UNASSIGNED.test(text))
    .map(text => ({ python: `'%r' % (${pythonText(text)},)`, ours: () => repr(text) })),
)
/** What a newer Unicode knows than this Python does may be shown otherwise. */
const UNASSIGNED = /[\p{Cn}\p{Co}\p{Mn}\p{Mc}]|[^\u0000-\u2bff\u{1f300}-\u{1f5ff}]/u

describe('numbers and texts are what they are in Python', () => {
  test('in three thousand expressions made by chance', () => {
    const made = fc.sample(cases, { numRuns: 3000, seed: 20261121 })
    const answers = askPython(made.map(one => one.python))
    const differing = made.flatMap((one, at) => {
      const got = attempt(one.ours)
      const wanted = answers[at]?.replace(/^(\w+): .*/s, (whole, type: string) =>
        type.endsWith('Error') ? type : whole,
      )
      return got === wanted ? [] : [`${one.python}  Python: ${wanted}  ours: ${got}`]
    })
    expect(differing).toEqual([])
  })
})

function attempt(work: () => string): string {
  try {
    return work()
  } catch (error) {
    if (error instanceof PyError) return error.type
    throw error
  }
}

function integerOnly(value: Value): Value {
  return value instanceof Float ? 7 : value
}

function pythonText(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/gu, escaped)
}
function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`
}

function askPython(expressions: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'python-oracle.py')], {
    input: JSON.stringify(expressions),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0)
    throw new Error(`This test compares with Debian's Python. Install it: apt-get install python3\n${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as string)
}
