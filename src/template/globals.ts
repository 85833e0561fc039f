/** The functions that every template has. */
import type { Value } from '../python/value.ts'

export const globals: ReadonlyMap<string, Value> = new Map()
