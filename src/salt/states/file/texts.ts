/** Texts that a state takes from sources and renders: what file.append, file.prepend and file.blockreplace add. */

import type { Arguments, StateCall } from '../../definition/define.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { readFileSync } from '../../system/files.ts'
import { templateContext } from './contents.ts'
import { fetchSource, type Wanted } from './source.ts'

export const textArguments: Arguments = {
  source: { does: 'The text is that of this file.', type: 'text' },
  source_hash: { does: 'Its hash.', type: 'text' },
  sources: { does: 'The texts are those of these files.', type: 'list' },
  source_hashes: { does: 'Their hashes, in the same order.', type: 'list' },
  template: { does: 'Renders what comes from sources; none leaves it as it is.', type: 'text', default: 'jinja' },
  context: { does: 'Values for the template.', type: 'mapping' },
  defaults: { does: 'Values for the template, below those of context.', type: 'mapping' },
}

/** Null texts: no source was given. */
export type Texts = { readonly texts: readonly string[] | null } | { readonly fault: string }

export async function textsOfSources(call: StateCall): Promise<Texts> {
  const wanted = wantedSources(call)
  if (typeof wanted === 'string') return { fault: wanted }
  if (wanted.length === 0) return { texts: null }
  const texts: string[] = []
  for (const one of wanted) {
    const options = { skipVerify: false, hashName: null, target: call.name }
    const source = fetchSource(one, call.tools, options)
    if (typeof source === 'string')
      return { fault: source.startsWith('Source file') ? `Failed to load template file ${one.address}` : source }
    const text = readFileSync(source.file, 'utf8')
    const engine = call.args.textOrNone('template')
    const context = templateContext(call, { source: one.address })
    texts.push(engine ? await call.tools.render({ path: source.file, text }, context, engine) : text)
  }
  return { texts }
}

function wantedSources({ args }: StateCall): Wanted[] | string {
  const source = args.textOrNone('source')
  const sources = args.list('sources')
  const [hash, hashes] = [args.textOrNone('source_hash'), args.list('source_hashes')]
  if (source && sources.length) return 'source and sources are mutually exclusive'
  if (hash && hashes.length) return 'source_hash and source_hashes are mutually exclusive'
  if (source) return [{ address: source, hash }]
  return sources.map((item, index) => wantedOf(item, hashes[index] ?? null))
}

function wantedOf(item: Value, hash: Value): Wanted {
  if (!(item instanceof Dict)) return { address: textOf(item), hash: hash === null ? null : textOf(hash) }
  const [pair] = [...item]
  return { address: textOf(pair?.[0] ?? ''), hash: pair ? textOf(pair[1]) : null }
}
