/** The links of a commit, by name, with what they lead to: asked before it is checked out. */
import type { FileName } from '../kernel/file-names.ts'
import { program } from '../shell/programs.ts'
import type { Shell } from '../shell/shell.ts'
import { blobsIn, entriesIn } from './answers.ts'
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
  const links = entriesIn(ask(['ls-tree', '-r', '-z', '--full-tree', commit])).filter(one => one.mode === '120000')
  if (links.length === 0) return new Map()
  const targets = blobsIn(ask(['cat-file', '--batch'], `${links.map(one => one.id).join('\n')}\n`))
  return new Map(links.map(({ name }, at) => [name, targets[at] ?? '']))
}

const largestAnswer = 256 * 1024 * 1024
