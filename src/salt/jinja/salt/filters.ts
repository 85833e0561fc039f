/** The filters that Salt adds, over Jinja's of the same name. */
import type { FilterDefinition } from '../define.ts'
import { choiceFilters } from './choice.ts'
import { collectionFilters } from './collections.ts'
import { dateFilters } from './dates.ts'
import { fileFilters } from './files.ts'
import { hashFilters } from './hashes.ts'
import { keyFilters } from './keys.ts'
import { networkFilters } from './network.ts'
import { queryFilters } from './query.ts'
import { regexFilters } from './regexes.ts'
import { serializingFilters } from './serializing.ts'
import { saltTextFilters } from './texts.ts'

export const saltFilters: readonly FilterDefinition[] = [
  ...serializingFilters,
  ...regexFilters,
  ...choiceFilters,
  ...collectionFilters,
  ...keyFilters,
  ...saltTextFilters,
  ...hashFilters,
  ...dateFilters,
  ...fileFilters,
  ...networkFilters,
  ...queryFilters,
]
