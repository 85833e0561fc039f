/** file.cached and file.not_cached: a copy of a source in the cache of this machine. */

import { dirname, join } from 'node:path'
import { defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { copyFileSync, mkdirSync, rmSync } from '../../system/files.ts'
import { statsOf } from './attributes.ts'
import { fetchSource, hashOf, schemeOf } from './source.ts'

export const cached = defineState({
  does: 'Keeps a copy of a source in the cache of this machine.',
  arguments: {
    source_hash: { does: 'The hash of the source.', type: 'text', default: '' },
    source_hash_name: { does: 'The name under which source_hash lists it.', type: 'text' },
    skip_verify: { does: 'Takes a source of the web without a hash.', type: 'boolean', default: false },
    use_etag: { does: 'Accepted.', type: 'boolean', default: false },
  },
  run: runCached,
})

export const notCached = defineState({
  does: 'Removes the copy of a source from the cache of this machine.',
  arguments: {},
  run: runNotCached,
})

export function cachePath({ tools }: Pick<StateCall, 'tools'>, address: string): string {
  const folder = textOf(tools.opts.get('cachedir') ?? tools.scratch())
  const bare = address.replace(/^[a-z]+:\/\//i, '').replace(/(^|\/)\.\.(?=\/|$)/g, '$1')
  return join(folder, schemeOf(address) === 'salt' ? 'files/base' : 'extrn_files/base', bare)
}

function runCached(call: StateCall): StateReturn {
  const { args, name, test, tools } = call
  const wanted = { address: name, hash: args.textOrNone('source_hash') || null }
  const options = {
    skipVerify: args.flag('skip_verify'),
    hashName: args.textOrNone('source_hash_name'),
    target: name,
  }
  const source = fetchSource(wanted, tools, options)
  if (typeof source === 'string') return failed(source)
  if (source.scheme === 'file') return succeeded(`File ${name} is present on the minion`)
  const path = cachePath(call, name)
  const before = statsOf(path) ? hashOf(path) : null
  const after = hashOf(source.file)
  if (before === after) return succeeded(`File is already cached to ${path} with hash ${after}`)
  if (test) return wouldChange(`File will be cached: ${name}`)
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(source.file, path)
  return succeeded(`File is cached to ${path}`, { hash: Dict.of({ old: before, new: after }) })
}

function runNotCached(call: StateCall): StateReturn {
  const path = cachePath(call, call.name)
  if (!statsOf(path)) return succeeded(`${call.name} is not cached`)
  if (call.test) return wouldChange(`Path is cached to ${path}, would remove`)
  rmSync(path, { recursive: true })
  return succeeded(`Removed cached path ${path}`, { removed: path })
}
