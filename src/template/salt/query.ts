/** Salt's json_query: JMESPath over values. */
import type { FilterDefinition } from '../define.ts'

export const queryFilters: readonly FilterDefinition[] = []
