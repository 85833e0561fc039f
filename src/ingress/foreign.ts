/** A file among the sites that nginx does not accept, and that the site which is put has nothing to do with. */
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { IngressPlace } from './place.ts'

const suffix = '.refused'

/** The file of the sites that nginx complains about; null where it names none, or the project's own. */
export function blamed(fault: string, own: string): string | null {
  const [, path = ''] = /(?:^|\n).*\[emerg\].* in (\/.+):\d+(?:\n|$)/.exec(fault) ?? []
  const name = basename(path)
  return name.endsWith('.conf') && name !== own ? name : null
}

/** Leaves it out from here on; the file stays beside, under another name. Returns a sentence. */
export function putAside(place: IngressPlace, name: string, fault: string): string {
  const owner = existsSync(join(place.sites, name.replace(/\.conf$/, '.json')))
    ? `is the site of ${name.replace(/\.conf$/, '')}, and was changed by hand`
    : 'is no site of a project'
  renameSync(join(place.sites, name), join(place.sites, `${name}${suffix}`))
  const said = fault.split('\n').find(line => line.includes('[emerg]')) ?? fault
  return `${join(place.sites, name)} ${owner}: nginx does not accept it, so it was put aside as ${name}${suffix} (${said.trim()})`
}

export function refusedFiles(place: IngressPlace): readonly string[] {
  if (!existsSync(place.sites)) return []
  return readdirSync(place.sites)
    .filter(name => name.endsWith(suffix))
    .map(name => join(place.sites, name))
}
