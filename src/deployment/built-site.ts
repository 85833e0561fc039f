/** The site that a build leaves: where its files ended up is known only when the build has run. */

import { usualSiteFolders } from '../applications/front-end.ts'
import { merged } from '../configuration/merge.ts'
import { settingOf } from '../configuration/settings/index.ts'
import { CorpusError } from '../kernel/errors.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { Dict } from '../salt/python/dict.ts'
import { type Deployment, note } from './deployment.ts'

/**
 * Has `built_site` of the configuration served, as `ingress.static` would, where nothing else answers at `/`. `hasVisited`: a
 * process does. Throws SITE_MISSING.
 */
export function settleBuiltSite(
  deployment: Pick<Deployment, 'cfg' | 'emit' | 'mode'>,
  files: TreeFiles,
  hasVisited: boolean,
): void {
  const { cfg } = deployment
  const wish = cfg.get('built_site')
  const ingress = settingOf(cfg, 'ingress') ?? new Dict()
  if (!(wish instanceof Dict) || !(ingress instanceof Dict) || hasVisited || answersAtTop(ingress)) return
  const folder = String(wish.get('folder'))
  const found =
    [folder, ...usualSiteFolders, ...belowDist(files)].find(one => files.has(`${one}/index.html`)) ?? topPage(files)
  if (found === undefined) {
    const why =
      deployment.mode === 'final'
        ? 'final mode builds nothing'
        : `looked for ${[...new Set([folder, ...usualSiteFolders])].join(', ')}`
    throw new CorpusError('SITE_MISSING', `The build left no folder with an index.html: ${why}.`)
  }
  if (found !== folder) note(deployment, `serves ${found === '.' ? 'the tree' : found}, where the build left its page`)
  const fallback = found === '.' ? null : (wish.get('fallback') ?? null)
  cfg.set('ingress', merged(ingress, Dict.of({ static: Dict.of({ folder: found, fallback }) })))
}

function answersAtTop(ingress: Dict): boolean {
  const routes = ingress.get('routes')
  return (ingress.get('static') ?? null) !== null || (routes instanceof Dict && routes.has('/'))
}

/** Angular's: dist/NAME/browser, or dist/NAME. */
const belowDist = (files: TreeFiles): string[] =>
  files.names('dist').flatMap(name => [`dist/${name}/browser`, `dist/${name}`])

/** A page at the top, unless it is the source that a bundler makes another from. */
function topPage(files: TreeFiles): string | undefined {
  const page = files.text('index.html')
  const isSource = /<script[^>]{1,500}?src=["'](?:\.?\/)?(?:src\/|main\.[jt]sx?|index\.[jt]sx?["'])|%[A-Z]+_URL%/i
  return page === undefined || isSource.test(page) ? undefined : '.'
}
