/** file.*: the state functions of this module by name; each stands in a file of its own and is loaded when a tree uses it. */
import type { StateDefinition, StateTable } from '../definition/define.ts'
import { failed } from '../definition/outcome.ts'

export const states: StateTable = {
  absent: named('absent', async () => (await import('./file/presence.ts')).absent),
  accumulated: async () => (await import('./file/accumulators.ts')).accumulated,
  append: named('append', async () => (await import('./file/add-lines.ts')).append),
  blockreplace: named('blockreplace', async () => (await import('./file/blockreplace.ts')).blockreplace),
  cached: async () => (await import('./file/cached.ts')).cached,
  comment: named('comment', async () => (await import('./file/comment.ts')).comment),
  copy: named('copy', async () => (await import('./file/copy.ts')).copy),
  decode: async () => (await import('./file/decode.ts')).decode,
  directory: named('directory', async () => (await import('./file/directory.ts')).directory),
  exists: named('exists', async () => (await import('./file/presence.ts')).exists),
  hardlink: named('hardlink', async () => (await import('./file/hardlink.ts')).hardlink),
  keyvalue: named('keyvalue', async () => (await import('./file/keyvalue.ts')).keyvalue),
  line: named('line', async () => (await import('./file/line.ts')).line),
  managed: named('managed', async () => (await import('./file/managed.ts')).managed),
  missing: named('missing', async () => (await import('./file/presence.ts')).missing),
  mknod: named('mknod', async () => (await import('./file/mknod.ts')).mknod),
  not_cached: async () => (await import('./file/cached.ts')).notCached,
  patch: async () => (await import('./file/patch.ts')).patch,
  prepend: named('prepend', async () => (await import('./file/add-lines.ts')).prepend),
  recurse: async () => (await import('./file/recurse.ts')).recurse,
  rename: named('rename', async () => (await import('./file/copy.ts')).rename),
  replace: named('replace', async () => (await import('./file/replace.ts')).replace),
  retention_schedule: async () => (await import('./file/retention-schedule.ts')).retentionSchedule,
  serialize: named('serialize', async () => (await import('./file/serialize.ts')).serialize),
  symlink: named('symlink', async () => (await import('./file/symlink.ts')).symlink),
  tidied: async () => (await import('./file/tidied.ts')).tidied,
  touch: named('touch', async () => (await import('./file/touch.ts')).touch),
  uncomment: named('uncomment', async () => (await import('./file/comment.ts')).uncomment),
}

/** Refuses an empty name, which a template made of something that is not there. */
function named(name: string, load: () => Promise<StateDefinition>): () => Promise<StateDefinition> {
  const refusal = name === 'managed' ? 'Destination file name is required' : `Must provide name to file.${name}`
  return async () => {
    const definition = await load()
    return { ...definition, run: call => (call.name === '' ? failed(refusal) : definition.run(call)) }
  }
}
