/** Links of a commit that lead out of its tree: no release can be made of them elsewhere, and what they lead to does not come with a push. */
import { mayPointTo, placeOf } from '../artifacts/links.ts'
import { committedLinks } from '../git/committed-links.ts'
import { CorpusError } from '../kernel/errors.ts'
import { nameOf, textOfName } from '../kernel/file-names.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { shown } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'

/** Throws BUNDLE_REFUSED where releases are made (cooking), as `bundle` would after all that is built. `waits`: what git needs in quarantine. */
export function refuseLinksAway(
  { layout, shell, mode }: { layout: ProjectLayout; shell: Pick<Shell, 'runSync'>; mode: unknown },
  commit: string,
  waits: Readonly<Record<string, string>> = {},
): void {
  if (mode !== 'cooking') return
  const sentence = linkAway(layout, shell, commit, waits)
  if (sentence === null) return
  const detail = 'It is committed: commit in its place what it leads to, or a link to a file of the same commit.'
  throw new CorpusError('BUNDLE_REFUSED', sentence, { detail })
}

/** A sentence about the first that does; null where there is none. */
export function linkAway(
  layout: ProjectLayout,
  shell: Pick<Shell, 'runSync'>,
  commit: string,
  waits: Readonly<Record<string, string>> = {},
): string | null {
  const links = committedLinks(shell, layout.projectGit, commit, waits)
  for (const [name, target] of links)
    if (!mayPointTo(placeOf(name, links), [nameOf(layout.data)]))
      return `The link ${shown(textOfName(name))} points outside the tree, to ${shown(textOfName(target))}.`
  return null
}
