/** The tests that Salt adds. */
import type { TestDefinition } from '../define.ts'

export const saltTests: readonly TestDefinition[] = []
