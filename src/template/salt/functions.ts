/** The functions that Salt adds to every template. */
import type { FunctionDefinition } from '../define.ts'

export const saltFunctions: readonly FunctionDefinition[] = []
