/** archive.*: the state functions of this module by name; each stands in a file of its own and is loaded when a tree uses it. */
import type { StateTable } from '../definition/define.ts'

export const states: StateTable = {
  extracted: async () => (await import('./archive/extracted.ts')).extracted,
}
