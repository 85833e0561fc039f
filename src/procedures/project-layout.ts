/** The folders of a project, and the links that make its pillar and state files part of the machine's. */
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ensureFolder, linkIfThere, linkWhole, textIfThere, writeWhole } from '../kernel/files.ts'
import type { ProjectLayout } from '../kernel/layout.ts'

/** Makes what is missing; what is there stays as it is. Returns the paths that were made. */
export function ensureFolders(layout: ProjectLayout): string[] {
  const wanted: [string, number][] = [
    [layout.home, 0o755],
    [layout.git, 0o755],
    [layout.pillar, 0o750],
    [layout.data, 0o755],
    [layout.own, 0o700],
    [layout.upgradeMarkers, 0o700],
    [layout.build, 0o755],
    [layout.deploy, 0o755],
    [layout.archived, 0o755],
    [layout.rolledBack, 0o755],
    [layout.editableTree, 0o755],
    [layout.bundles, 0o755],
    [layout.failedBundles, 0o755],
    [layout.queue, 0o755],
  ]
  return wanted.filter(([path, mode]) => ensureFolder(path, mode)).map(([path]) => path)
}

/** The links of the RFC, and the line of the global top file. A link that a person pointed elsewhere stays. */
export function wireProject(layout: ProjectLayout): string[] {
  const done: string[] = []
  // It led to files that the project's account could write to.
  if (linkIfThere(layout.saltLink) === join(layout.project, '.salt'))
    linkWhole(join(layout.own, 'salt', 'current'), layout.saltLink)
  for (const [path, target] of [
    [layout.pillarLink, layout.pillar],
    [layout.saltLink, join(layout.own, 'salt', 'current')],
    [layout.salt, join('project', '.salt')],
  ] as const) {
    if (linkIfThere(path) !== undefined || existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    linkWhole(target, path)
    done.push(path)
  }
  if (linkIfThere(layout.project) === undefined && !existsSync(layout.project)) {
    linkWhole(layout.editableTree, layout.project)
    done.push(layout.project)
  }
  wireTopFile(layout)
  return done
}

/** `makina-projects.NAME` among what the pillar's top file gives to this machine. */
function wireTopFile(layout: ProjectLayout): void {
  const path = join(layout.root, 'pillar', 'top.sls')
  const line = `    - makina-projects.${layout.name}\n`
  const text = textIfThere(path)
  if (text?.includes(line)) return
  const head = '# Each project adds its line; lines of your own stay.\nbase:\n  "*":\n'
  if (text === undefined) writeWhole(path, `${head}${line}`, { mode: 0o640 })
  else if (text.startsWith(head)) writeWhole(path, `${text.replace(/\n*$/, '\n')}${line}`, { mode: 0o640 })
  // Another's top file is another's: `corpus doctor` tells what is missing there.
  else return
  chmodSync(path, 0o640)
}

/** Takes away the links of a project, where they are ours, and its line in the top file. */
export function unwireProject(layout: ProjectLayout): void {
  for (const [link, target] of [
    [layout.pillarLink, layout.pillar],
    [layout.saltLink, join(layout.own, 'salt', 'current')],
    [layout.saltLink, join(layout.project, '.salt')],
  ] as const)
    if (linkIfThere(link) === target) rmSync(link)
  unwireTopFile(layout)
}

/** Takes a project's line out of the top file again. */
function unwireTopFile(layout: ProjectLayout): void {
  const path = join(layout.root, 'pillar', 'top.sls')
  const text = textIfThere(path)
  const line = `    - makina-projects.${layout.name}\n`
  if (text?.includes(line)) writeWhole(path, text.replace(line, ''), { mode: 0o640 })
}
