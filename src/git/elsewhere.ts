/** Content that a push does not bring: pointers of LFS, git-annex and git-crypt, and repositories that are no submodules. */
import { type FileName, textOfName } from '../kernel/file-names.ts'
import { shown } from '../kernel/names.ts'
import type { Shell } from '../shell/shell.ts'
import { blobsIn } from './answers.ts'
import { checkedOutput, gitIn } from './git.ts'

type Keeper = 'LFS' | 'git-annex' | 'git-crypt'

export interface Elsewhere {
  /** Files that only say where their content is, by who keeps it. */
  readonly pointers: ReadonlyMap<Keeper, readonly string[]>
  /** Folders that are commits of another repository, and that .gitmodules does not name. */
  readonly strays: readonly string[]
}

/** Attributes of a tree that say that content may be elsewhere. */
export const keepsElsewhere = (attributes: string): boolean => /\bfilter=(?:lfs|annex|git-crypt)\b/.test(attributes)

/** Reads a whole commit: every small file, and the links. `modules` is its .gitmodules. */
export async function contentElsewhere(
  shell: Shell,
  gitDir: string,
  commit: string,
  modules: string,
): Promise<Elsewhere> {
  const git = gitIn(shell, { gitDir })
  const list = ['ls-tree', '-r', '-l', '-z', '--full-tree', commit]
  const listed = await git.outcome(list, { keepBytes: largestAnswer })
  checkedOutput(listed, list)
  const entries = entriesOf(listed.stdout)
  const candidates = entries.filter(({ mode, size }) => mode === '120000' || (size >= 30 && size <= largestPointer))
  const pointers = new Map<Keeper, string[]>()
  if (candidates.length > 0) {
    const read = ['cat-file', '--batch', '--buffer']
    const input = Buffer.from(candidates.map(one => `${one.id}\n`).join(''))
    const contained = await git.outcome(read, { input, keepBytes: largestAnswer })
    checkedOutput(contained, read)
    const contents = blobsIn(contained.stdout)
    for (const [at, { name, mode }] of candidates.entries()) {
      const keeper = keeperOf(contents[at] ?? '', mode)
      if (keeper) pointers.set(keeper, [...(pointers.get(keeper) ?? []), textOfName(name)])
    }
  }
  const named = new Set(
    [...modules.matchAll(/^[ \t]*path[ \t]*=(.*)$/gm)].map(match => match[1]?.trim().replace(/^"|"$/g, '')),
  )
  const strays = entries.filter(one => one.mode === '160000').map(one => textOfName(one.name))
  return { pointers, strays: strays.filter(name => !named.has(name)) }
}

/** A sentence for each kind. */
export function elsewhereSentences({ pointers, strays }: Elsewhere): string[] {
  const some = (names: readonly string[]) =>
    `${names.slice(0, 5).map(plainly).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
  const ofPointers = [...pointers].map(([keeper, names]) => {
    const what = keeper === 'git-crypt' ? 'encrypted by git-crypt' : `${keeper} pointer${names.length === 1 ? '' : 's'}`
    const one = keeper === 'LFS' ? 'an ' : keeper === 'git-crypt' ? '' : 'a '
    return names.length === 1
      ? `1 file is ${one}${what}, its content does not come with a push: ${some(names)}`
      : `${names.length} files are ${what}, their content does not come with a push: ${some(names)}`
  })
  const ofStrays =
    strays.length === 0
      ? []
      : [
          `what is in ${some(strays)} does not come with a push: a repository of its own, which .gitmodules does not name (git submodule add)`,
        ]
  return [...ofPointers, ...ofStrays]
}

const plainly = (name: string): string => (/[\x00-\x1f\x7f]/.test(name) ? shown(name) : name)

const largestAnswer = 256 * 1024 * 1024

/** What LFS itself takes for the largest pointer. */
const largestPointer = 1024

interface Entry {
  readonly mode: string
  readonly id: string
  readonly size: number
  readonly name: FileName
}

/** `MODE KIND ID SIZE\tNAME\0`. */
function entriesOf(answer: Uint8Array): Entry[] {
  const lines = Buffer.from(answer).toString('latin1').split('\0').slice(0, -1)
  return lines.map(line => {
    const tab = line.indexOf('\t')
    const [mode = '', , id = '', size = ''] = line.slice(0, tab).split(/ +/)
    return { mode, id, size: Number(size) || 0, name: line.slice(tab + 1) as FileName }
  })
}

function keeperOf(content: string, mode: string): Keeper | null {
  if (mode === '120000') return /(?:^|\/)\.git\/annex\/objects\//.test(content) ? 'git-annex' : null
  if (/^version https:\/\/(?:git-lfs\.github\.com|hawser\.github\.com)\/spec\/v1\r?\n/.test(content)) return 'LFS'
  if (/^\/annex\/objects\//.test(content)) return 'git-annex'
  return content.startsWith('\0GITCRYPT\0') ? 'git-crypt' : null
}
