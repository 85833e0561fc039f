/** Salt's filters that answer yes or no, or call something by name. */
import { attributeOf } from '../../python/attribute.ts'
import { callValue } from '../../python/call.ts'
import { contains } from '../../python/compare.ts'
import { PyError } from '../../python/error.ts'
import { asIndex } from '../../python/integer.ts'
import { itemsOf, iterate, lengthIfAny, listOf } from '../../python/iterate.ts'
import { isInteger, typeName, unhashable } from '../../python/kind.ts'
import { readInteger } from '../../python/number-text.ts'
import { str } from '../../python/repr.ts'
import { truth } from '../../python/truth.ts'
import type { Value } from '../../python/value.ts'
import { asText } from '../as-text.ts'
import { defineFilter, defineFreeFilter } from '../define.ts'
import { isUndefined } from '../undefined.ts'
import { globMatches } from './glob.ts'

export const choiceFilters = [
  defineFilter({
    name: 'to_bool',
    does: 'True for yes, true, 1 in any case, numbers above 0, and lists and mappings that are not empty.',
    run: value => toBool(value),
  }),
  defineFilter({
    name: 'exactly_n_true',
    does: 'Whether just so many items are true.',
    takes: { amount: 1 },
    run: (value, _, amount) => trueItems(value) === asIndex(amount),
  }),
  defineFilter({
    name: 'exactly_one_true',
    does: 'Whether just one item is true.',
    run: value => trueItems(value) === 1,
  }),
  defineFilter({ name: 'is_list', does: 'Whether it is a list.', run: value => Array.isArray(value) }),
  defineFilter({
    name: 'is_iter',
    does: 'Whether it has items, texts left aside.',
    run: value => asText(value) === undefined && itemsOf(value) !== undefined,
  }),
  defineFilter({ name: 'is_hex', does: 'Whether the text is a hexadecimal number.', run: value => isHex(str(value)) }),
  defineFilter({
    name: 'contains_whitespace',
    does: 'Whether there is a blank in it.',
    run: value => /\s/.test(str(value)),
  }),
  defineFilter({
    name: 'substring_in_list',
    does: 'Whether the text is part of one of the items.',
    takes: { list_to_search: undefined },
    run: (value, _, items) => listOf(items).some(item => contains(str(item), str(value))),
  }),
  defineFilter({
    name: 'check_whitelist_blacklist',
    does: 'Whether the value matches the whitelist, and not the blacklist.',
    takes: { whitelist: null, blacklist: null },
    run: (value, _, whitelist, blacklist) => {
      const matches = (list: Value) => patterns(list).some(pattern => globMatches(pattern, str(value)))
      if (truth(blacklist) && matches(blacklist)) return false
      return truth(whitelist) ? matches(whitelist) : true
    },
  }),
  defineFreeFilter({
    name: 'method_call',
    does: 'Calls a method by name: "x" | method_call("upper").',
    run: (value, [name = '', ...args], keywords) => {
      if (str(name).startsWith('_')) throw new PyError('AttributeError', `${str(name)} is not to be called`)
      const found = attributeOf(value, str(name))
      if (found === undefined)
        throw new PyError('AttributeError', `'${typeName(value)}' object has no attribute '${str(name)}'`)
      return callValue(found, args, keywords)
    },
  }),
]

function toBool(value: Value): boolean {
  if (isUndefined(value)) value.fail()
  if (typeof value === 'boolean') return value
  const text = asText(value)
  if (text !== undefined) return ['yes', '1', 'true'].includes(text.toLowerCase())
  if (isInteger(value)) return value > 0
  return unhashable(value) !== undefined && (lengthIfAny(value) ?? 0) > 0
}

function trueItems(value: Value): number {
  let count = 0
  for (const item of iterate(value)) if (truth(item)) count++
  return count
}

function isHex(text: string): boolean {
  return readInteger(text, 16) !== undefined
}

function patterns(list: Value): string[] {
  return typeof list === 'string' ? list.split(',') : listOf(list).map(one => str(one))
}
