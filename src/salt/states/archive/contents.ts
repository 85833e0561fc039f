/** What an archive holds: folders, files and links, and what of them stands uppermost. */
import { program } from '../../../shell/programs.ts'
import type { Command } from '../../../shell/shell.ts'
import { type Outcome, textOf } from '../../../shell/shell.ts'
import { executionError } from '../../definition/exceptions.ts'
import { readZip } from './zip.ts'

export type Format = 'tar' | 'zip'

export interface Contents {
  /** In the order of the archive; folders without "/". */
  readonly names: readonly string[]
  readonly folders: readonly string[]
  readonly files: readonly string[]
  readonly links: readonly string[]
  readonly topFolders: readonly string[]
  readonly topFiles: readonly string[]
}

/** By the name; null where it tells nothing. */
export function formatOf(address: string): Format | null {
  const name = address.toLowerCase().replace(/\?.*$/, '')
  if (/\.(tar(\.[a-z0-9]+)?|tgz|tbz2?|tb2|txz|tlz|tz2|taz|tzst)$/.test(name)) return 'tar'
  return /\.(zip|jar|war|whl)$/.test(name) ? 'zip' : null
}

interface Entry {
  readonly name: string
  readonly kind: 'folder' | 'file' | 'link'
}

/** Shell commands are run by `run`, which differs for states and functions. */
export function tarListCommands(file: string): readonly [Command, Command] {
  const env = { ...process.env, LC_ALL: 'C.UTF-8', TAR_OPTIONS: '' } as Record<string, string>
  const list = (options: string) =>
    ({ argv: [program('tar'), options, '--quoting-style=literal', '-f', file], env }) as const
  return [list('-t'), list('-tv')]
}

export function tarContents(file: string, names: Outcome, verbose: Outcome): Contents {
  if (names.status !== 0)
    throw executionError(`Failed to list contents of ${file}: ${names.spawnError ?? textOf(names.stderr).trim()}`)
  const kinds = linesOf(verbose).map(line => line.charAt(0))
  return contentsOf(
    linesOf(names).map((name, index) => ({
      name: name.replace(/^\.\/(?=.)/, '').replace(/\/+$/, ''),
      kind: kinds[index] === 'd' || name.endsWith('/') ? 'folder' : kinds[index] === 'l' ? 'link' : 'file',
    })),
  )
}

function linesOf(outcome: Outcome): string[] {
  return textOf(outcome.stdout)
    .split('\n')
    .filter(line => line !== '')
}

export function zipContents(file: string): Contents {
  const { entries } = readZip(file)
  return contentsOf(
    entries.map(({ name, mode }) => ({
      name: name.replace(/\/+$/, ''),
      kind: name.endsWith('/') ? 'folder' : (mode & 0o170000) === 0o120000 ? 'link' : 'file',
    })),
  )
}

function contentsOf(entries: readonly Entry[]): Contents {
  const real = entries.filter(({ name }) => name !== '.' && name !== '')
  const named = (kind: Entry['kind']) => real.filter(entry => entry.kind === kind).map(entry => entry.name)
  const folders = new Set(named('folder'))
  // Folders that are only named by what is in them.
  for (const { name } of real)
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) folders.add(name.slice(0, at))
  const files = named('file')
  const links = named('link')
  const isTop = (name: string) => !name.includes('/')
  return {
    names: real.map(({ name }) => name),
    folders: [...folders].sort(),
    files: files.toSorted(),
    links: links.toSorted(),
    topFolders: [...folders].filter(isTop).sort(),
    topFiles: [...files, ...links].filter(isTop).sort(),
  }
}
