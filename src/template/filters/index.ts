/** All filters by name. */
import type { Filter } from '../environment.ts'

export const filters: ReadonlyMap<string, Filter> = new Map()
