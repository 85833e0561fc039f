/** Which implementation a project's api_version means: a project that was made for an older one keeps it. */

import type { Deployment } from '../deployment/deployment.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { Procedure } from '../pipeline/procedure.ts'
import type { Value } from '../salt/python/value.ts'
import { procedures } from './index.ts'

const implementations: ReadonlyMap<number, readonly Procedure<Deployment>[]> = new Map([[2, procedures]])

export function proceduresOf(apiVersion: Value | undefined): readonly Procedure<Deployment>[] {
  const found = implementations.get(Number(apiVersion))
  if (found) return found
  const known = [...implementations.keys()].join(', ')
  throw new CorpusError('API_VERSION_UNKNOWN', `There is no api_version ${String(apiVersion)}; known: ${known}.`)
}
