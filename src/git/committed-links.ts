/** The links of a commit, by name, with what they lead to: asked before it is checked out. */
import type { FileName } from '../kernel/file-names.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { checkedOutput, cleanEnvironment } from './git.ts'

/** `waits`: variables with which git finds what a push has brought and that still waits to be let in. */
export function committedLinks(
  shell: Pick<Shell, 'runSync'>,
  gitDir: string,
  commit: string,
  waits: Readonly<Record<string, string>> = {},
): ReadonlyMap<FileName, string> {
  const ask = (args: readonly [string, ...string[]], input?: string): Buffer => {
    const env = { ...cleanEnvironment(), ...waits, GIT_DIR: gitDir }
    const argv = [program('git'), ...args] as const
    const ended = shell.runSync({ argv, cwd: gitDir, env, keepBytes: largestAnswer, ...(input ? { input } : {}) })
    checkedOutput(ended, args)
    return Buffer.from(ended.stdout)
  }
  const links = ask(['ls-tree', '-r', '-z', '--full-tree', commit])
    .toString('latin1')
    .split('\0')
    .flatMap(line => {
      const [, id, name] = /^120000 blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
      return id === undefined || name === undefined ? [] : [{ id, name: name as FileName }]
    })
  if (links.length === 0) return new Map()
  const targets = blobs(ask(['cat-file', '--batch'], `${links.map(one => one.id).join('\n')}\n`))
  return new Map(links.map(({ name }, at) => [name, targets[at] ?? '']))
}

const largestAnswer = 256 * 1024 * 1024

/** `ID blob SIZE\n`, the bytes, `\n`: as often as was asked. */
function blobs(answer: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at < answer.length; ) {
    const end = answer.indexOf('\n', at)
    const size = Number(answer.toString('latin1', at, end).split(' ')[2])
    if (end < 0 || Number.isNaN(size)) return found
    found.push(answer.toString('latin1', end + 1, end + 1 + size))
    at = end + 1 + size + 1
  }
  return found
}
