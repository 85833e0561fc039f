/** git.*: the state functions of this module by name; each stands in a file of its own and is loaded when a tree uses it. */
import type { StateTable } from '../definition/define.ts'

export const states: StateTable = {
  cloned: async () => (await import('./git/cloned.ts')).cloned,
  config: async () => (await import('./git/config.ts')).configSet,
  config_set: async () => (await import('./git/config.ts')).configSet,
  config_unset: async () => (await import('./git/config.ts')).configUnset,
  detached: async () => (await import('./git/detached.ts')).detached,
  latest: async () => (await import('./git/latest.ts')).latest,
  present: async () => (await import('./git/present.ts')).present,
}
