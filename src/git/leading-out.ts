/** Which links of a tree lead out of it, by themselves or by way of others. */
import { posix } from 'node:path'
import type { FileName } from '../kernel/file-names.ts'

/** As many as the kernel follows. */
const mostSteps = 40

/** `links`: all links of a tree with what they say. A link that nobody can say the end of leads out as well. */
export function leadingOut(links: ReadonlyMap<FileName, string>): FileName[] {
  return [...links.keys()].filter(name => leadsOut(links, name))
}

function leadsOut(links: ReadonlyMap<FileName, string>, link: FileName): boolean {
  let path = link
  for (let step = 0; step < mostSteps; step++) {
    const parts = path.split('/')
    const through = parts.map((_, index) => parts.slice(0, index + 1).join('/')).find(one => links.has(one))
    if (through === undefined) return false
    const target = links.get(through) ?? ''
    if (saysOut(through, target)) return true
    path = posix.join(posix.dirname(through), target, path.slice(through.length + 1)).replace(/\/$/, '')
  }
  return true
}

/** Also where only what stands on the way says where a link leads: `..` after a name. */
function saysOut(name: FileName, target: string): boolean {
  if (target.startsWith('/')) return true
  const parts = target.split('/').filter(part => part !== '' && part !== '.')
  const ups = parts.findIndex(part => part !== '..')
  const up = ups < 0 ? parts.length : ups
  return up > name.split('/').length - 1 || parts.slice(up).includes('..')
}
