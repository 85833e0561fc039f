/** Salt's json_query: JMESPath over values. */
import { str } from '../../python/repr.ts'
import { defineFilter, type FilterDefinition } from '../define.ts'
import { isUndefined } from '../undefined.ts'
import { parseQuery } from './query-parse.ts'

export const queryFilters: readonly FilterDefinition[] = [
  defineFilter({
    name: 'json_query',
    does: 'What a JMESPath expression finds in the value.',
    takes: { expr: undefined },
    run: (value, _, expression) => {
      if (isUndefined(value)) value.fail()
      return parseQuery(str(expression))(value)
    },
  }),
]
