/** user.*: accounts of this machine; each function in a file of its own. */
import type { StateTable } from '../../define.ts'

export const states: StateTable = {
  present: async () => (await import('./present.ts')).present,
  absent: async () => (await import('./absent.ts')).absent,
}
