/** file.*: the execution functions of this module by name. */
import type { FunctionTable } from '../define.ts'

export const functions: FunctionTable = {}
