/** All tests by name. */
import { operate } from '../../python/arithmetic.ts'
import { callMethod } from '../../python/attribute.ts'
import { contains, equals, type Ordering, ordered } from '../../python/compare.ts'
import { Dict } from '../../python/dict.ts'
import { Float } from '../../python/float.ts'
import { itemsOf } from '../../python/iterate.ts'
import { asForeign, isInteger, isNumber } from '../../python/kind.ts'
import { str } from '../../python/repr.ts'
import { Tuple } from '../../python/tuple.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { byName, defineTest, type TestDefinition } from '../define.ts'
import { Markup } from '../markup.ts'
import { saltTests } from '../salt/tests.ts'
import { isUndefined } from '../undefined.ts'

export const testDefinitions: readonly TestDefinition[] = [
  defineTest({ name: 'defined', does: 'The name or key is there.', run: value => !isUndefined(value) }),
  defineTest({ name: 'undefined', does: 'The name or key is not there.', run: value => isUndefined(value) }),
  defineTest({ name: 'none', does: 'It is None.', run: value => value === null }),
  defineTest({ name: 'boolean', does: 'It is True or False.', run: value => typeof value === 'boolean' }),
  defineTest({ name: 'true', does: 'It is True itself.', run: value => value === true }),
  defineTest({ name: 'false', does: 'It is False itself.', run: value => value === false }),
  defineTest({ name: 'number', does: 'It is a number.', run: value => isNumber(value) }),
  defineTest({
    name: 'integer',
    does: 'It is a whole number.',
    run: value => isInteger(value) && typeof value !== 'boolean',
  }),
  defineTest({ name: 'float', does: 'It is a number with a fraction.', run: value => value instanceof Float }),
  defineTest({ name: 'string', does: 'It is a text.', run: value => asText(value) !== undefined }),
  defineTest({ name: 'mapping', does: 'It has keys and values.', run: value => isMapping(value) }),
  defineTest({ name: 'iterable', does: 'It has items to go through.', run: value => itemsOf(value) !== undefined }),
  defineTest({ name: 'sequence', does: 'It has a length and items by index.', run: value => isSequence(value) }),
  defineTest({ name: 'callable', does: 'It can be called.', run: value => asForeign(value)?.pyCall !== undefined }),
  defineTest({ name: 'escaped', does: 'It is HTML already.', run: value => value instanceof Markup }),
  defineTest({
    name: 'lower',
    does: 'All letters are small.',
    run: value => callMethod(str(value), 'islower', []) === true,
  }),
  defineTest({
    name: 'upper',
    does: 'All letters are capitals.',
    run: value => callMethod(str(value), 'isupper', []) === true,
  }),
  defineTest({ name: 'even', does: 'It can be divided by two.', run: value => divisible(value, 2) }),
  defineTest({ name: 'odd', does: 'It cannot be divided by two.', run: value => equals(operate('%', value, 2), 1) }),
  defineTest({
    name: 'divisibleby',
    does: 'It can be divided by that number.',
    takes: { num: undefined },
    run: (value, _, by) => divisible(value, by),
  }),
  defineTest({
    name: 'sameas',
    does: 'It is the very same object.',
    takes: { other: undefined },
    run: (value, _, other) => value === other,
  }),
  defineTest({
    name: 'in',
    does: 'It is one of the items.',
    takes: { seq: undefined },
    run: (value, _, items) => contains(items, value),
  }),
  defineTest({
    name: 'filter',
    does: 'There is a filter of that name.',
    run: (value, scope) => scope.run.environment.filters.get(str(value)) !== undefined,
  }),
  defineTest({
    name: 'test',
    does: 'There is a test of that name.',
    run: (value, scope) => scope.run.environment.tests.get(str(value)) !== undefined,
  }),
  defineTest({
    name: 'eq',
    aliases: ['==', 'equalto'],
    does: 'It equals the other.',
    takes: { other: undefined },
    run: (value, _, other) => equals(value, other),
  }),
  defineTest({
    name: 'ne',
    aliases: ['!='],
    does: 'It does not equal the other.',
    takes: { other: undefined },
    run: (value, _, other) => !equals(value, other),
  }),
  ordering('<', ['lt', 'lessthan'], 'It is less than the other.'),
  ordering('<=', ['le'], 'It is at most the other.'),
  ordering('>', ['gt', 'greaterthan'], 'It is more than the other.'),
  ordering('>=', ['ge'], 'It is at least the other.'),
  ...saltTests,
]

export const tests = byName(testDefinitions, one => one.test)

function ordering(operator: Ordering, aliases: readonly string[], does: string): TestDefinition {
  return defineTest({
    name: operator,
    aliases,
    does,
    takes: { other: undefined },
    run: (value, _, other) => ordered(operator, value, other),
  })
}

function divisible(value: Value, by: Value): boolean {
  return equals(operate('%', value, by), 0)
}

function isMapping(value: Value): boolean {
  return value instanceof Dict || (!isUndefined(value) && asForeign(value)?.pyGet?.('keys') !== undefined)
}

function isSequence(value: Value): boolean {
  if (asText(value) !== undefined || Array.isArray(value) || value instanceof Dict || value instanceof Tuple)
    return true
  const foreign = asForeign(value)
  return foreign?.pyLength !== undefined && foreign.pyItem !== undefined && !isUndefined(value)
}
