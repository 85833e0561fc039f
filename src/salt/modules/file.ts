/** file.*: the execution functions of this module by name. */
import type { FunctionTable } from '../definition/define.ts'
import { changeFunctions } from './file/change.ts'
import { editFunctions } from './file/edit.ts'
import { find } from './file/find.ts'
import { lookFunctions } from './file/look.ts'

export const functions: FunctionTable = { ...lookFunctions, ...changeFunctions, ...editFunctions, find }
