/** All tests by name. */
import type { Test } from '../environment.ts'

export const tests: ReadonlyMap<string, Test> = new Map()
