/** All filters by name: Jinja's, and over them Salt's. */
import { byName, type FilterDefinition } from '../define.ts'
import { saltFilters } from '../salt/filters.ts'
import { choosingFilters } from './choosing.ts'
import { htmlFilters } from './html.ts'
import { numberFilters } from './number.ts'
import { sequenceFilters } from './sequence.ts'
import { textFilters } from './text.ts'
import { valueFilters } from './value.ts'

export const filterDefinitions: readonly FilterDefinition[] = [
  ...valueFilters,
  ...textFilters,
  ...numberFilters,
  ...sequenceFilters,
  ...choosingFilters,
  ...htmlFilters,
  ...saltFilters,
]

export const filters = byName(filterDefinitions, one => one.filter)
