/** Takes out what `exclude` names, by ID or by SLS. */
import type { Declaration, Exclusion } from '../language/declaration.ts'
import { globMatches } from '../language/glob.ts'

export function excluded(
  declarations: readonly Declaration[],
  exclusions: readonly Exclusion[],
): readonly Declaration[] {
  if (exclusions.length === 0) return declarations
  return declarations.filter(
    ({ id, sls }) =>
      !exclusions.some(({ kind, pattern }) => (kind === 'id' ? pattern === id : globMatches(pattern, sls))),
  )
}
