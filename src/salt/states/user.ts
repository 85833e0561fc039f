/** user.*: accounts of this machine; each function in a file of its own. */
import type { StateTable } from '../definition/define.ts'

export const states: StateTable = {
  present: async () => (await import('./user/present.ts')).present,
  absent: async () => (await import('./user/absent.ts')).absent,
}
