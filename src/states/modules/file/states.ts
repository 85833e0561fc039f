/** file.*: the state functions of this module by name; each stands in a file of its own and is loaded when a tree uses it. */
import type { StateTable } from '../../define.ts'

export const states: StateTable = {
  absent: async () => (await import('./presence.ts')).absent,
  accumulated: async () => (await import('./accumulators.ts')).accumulated,
  append: async () => (await import('./add-lines.ts')).append,
  blockreplace: async () => (await import('./blockreplace.ts')).blockreplace,
  comment: async () => (await import('./comment.ts')).comment,
  directory: async () => (await import('./directory.ts')).directory,
  exists: async () => (await import('./presence.ts')).exists,
  managed: async () => (await import('./managed.ts')).managed,
  missing: async () => (await import('./presence.ts')).missing,
  prepend: async () => (await import('./add-lines.ts')).prepend,
  replace: async () => (await import('./replace.ts')).replace,
  symlink: async () => (await import('./symlink.ts')).symlink,
  touch: async () => (await import('./touch.ts')).touch,
  uncomment: async () => (await import('./comment.ts')).uncomment,
}
