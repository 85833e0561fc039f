/** What a commit says of itself in its first line, as it may be shown anywhere. */
import { join } from 'node:path'
import type { Shell } from '../shell/shell.ts'
import { gitIn } from './git.ts'
import { subjectOf } from './loose.ts'

const longest = 120

/** Null where it says nothing, or cannot be read. */
export async function commitSubject(shell: Shell, gitDir: string, commit: string): Promise<string | null> {
  const text = subjectOf([join(gitDir, 'objects')], commit) ?? (await asked(shell, gitDir, commit))
  const line = shownLine(text)
  return line === '' ? null : line
}

/** Words of who committed, on one line of any terminal. */
export function shownLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}

async function asked(shell: Shell, gitDir: string, commit: string): Promise<string> {
  return gitIn(shell, { gitDir })
    .text('log', '-1', '--format=%s', commit, '--')
    .catch(() => '')
}
