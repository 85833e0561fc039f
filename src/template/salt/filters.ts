/** The filters that Salt adds. */
import type { FilterDefinition } from '../define.ts'

export const saltFilters: readonly FilterDefinition[] = []
