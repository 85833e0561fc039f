/** What an SLS knows of its own place: sls, slspath, tpldir and their kin. */
import type { Value } from '../python/value.ts'

export function slsNames(sls: string, address: string, path: string): Map<string, Value> {
  const cut = address.lastIndexOf('/')
  const folder = cut === -1 ? '' : address.slice(0, cut)
  return new Map<string, Value>([
    ['sls', sls],
    ['slspath', folder],
    ['slsdotpath', folder.replaceAll('/', '.')],
    ['slscolonpath', folder.replaceAll('/', ':')],
    ['sls_path', folder.replaceAll('/', '_')],
    ['tplfile', address],
    ['tplpath', path],
    ['tpldir', folder === '' ? '.' : folder],
    ['tpldot', folder.replaceAll('/', '.')],
  ])
}
