/** git.*: the state functions of this module by name; each stands in a file of its own and is loaded when a tree uses it. */
import type { StateTable } from '../../define.ts'

export const states: StateTable = {
  cloned: async () => (await import('./cloned.ts')).cloned,
  config: async () => (await import('./config.ts')).configSet,
  config_set: async () => (await import('./config.ts')).configSet,
  config_unset: async () => (await import('./config.ts')).configUnset,
  detached: async () => (await import('./detached.ts')).detached,
  latest: async () => (await import('./latest.ts')).latest,
  present: async () => (await import('./present.ts')).present,
}
