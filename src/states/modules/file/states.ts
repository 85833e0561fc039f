/** file.*: the state functions of this module by name; each stands in a file of its own and is loaded when a tree uses it. */
import type { StateDefinition, StateTable } from '../../define.ts'
import { failed } from '../../outcome.ts'

export const states: StateTable = {
  absent: named('absent', async () => (await import('./presence.ts')).absent),
  accumulated: async () => (await import('./accumulators.ts')).accumulated,
  append: named('append', async () => (await import('./add-lines.ts')).append),
  blockreplace: named('blockreplace', async () => (await import('./blockreplace.ts')).blockreplace),
  cached: async () => (await import('./cached.ts')).cached,
  comment: named('comment', async () => (await import('./comment.ts')).comment),
  copy: named('copy', async () => (await import('./copy.ts')).copy),
  decode: async () => (await import('./decode.ts')).decode,
  directory: named('directory', async () => (await import('./directory.ts')).directory),
  exists: named('exists', async () => (await import('./presence.ts')).exists),
  hardlink: named('hardlink', async () => (await import('./hardlink.ts')).hardlink),
  keyvalue: named('keyvalue', async () => (await import('./keyvalue.ts')).keyvalue),
  line: named('line', async () => (await import('./line.ts')).line),
  managed: named('managed', async () => (await import('./managed.ts')).managed),
  missing: named('missing', async () => (await import('./presence.ts')).missing),
  mknod: named('mknod', async () => (await import('./mknod.ts')).mknod),
  not_cached: async () => (await import('./cached.ts')).notCached,
  patch: async () => (await import('./patch.ts')).patch,
  prepend: named('prepend', async () => (await import('./add-lines.ts')).prepend),
  recurse: async () => (await import('./recurse.ts')).recurse,
  rename: named('rename', async () => (await import('./copy.ts')).rename),
  replace: named('replace', async () => (await import('./replace.ts')).replace),
  retention_schedule: async () => (await import('./retention-schedule.ts')).retentionSchedule,
  serialize: named('serialize', async () => (await import('./serialize.ts')).serialize),
  symlink: named('symlink', async () => (await import('./symlink.ts')).symlink),
  tidied: async () => (await import('./tidied.ts')).tidied,
  touch: named('touch', async () => (await import('./touch.ts')).touch),
  uncomment: named('uncomment', async () => (await import('./comment.ts')).uncomment),
}

/** Refuses an empty name, which a template made of something that is not there. */
function named(name: string, load: () => Promise<StateDefinition>): () => Promise<StateDefinition> {
  const refusal = name === 'managed' ? 'Destination file name is required' : `Must provide name to file.${name}`
  return async () => {
    const definition = await load()
    return { ...definition, run: call => (call.name === '' ? failed(refusal) : definition.run(call)) }
  }
}
