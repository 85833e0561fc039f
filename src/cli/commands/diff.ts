/** corpus diff. */
import type { ReleaseSide, Shown } from '../../controller/diff.ts'
import { defineCommand } from '../command.ts'

export const diffCommand = defineCommand({
  name: 'diff',
  does: 'Shows what a release changed: commits and lines from the first named release to the second, to what runs where one is named, and from what ran before where none is.',
  arguments: ['NAME', '[RELEASE]', '[RELEASE]'],
  options: [{ flags: '--stat', does: 'which files, and how much of them, without the lines' }],
  answers: true,
  example: 'corpus diff demo v11 v12 --stat',
  async run(invocation) {
    const { diff, mostCommits } = await import('../../controller/diff.ts')
    const [name = '', from, to] = invocation.args
    const wantsText = !invocation.json && invocation.options['stat'] !== true
    const shown = await diff(invocation.context, name, [from, to], wantsText)
    invocation.print(invocation.json ? `${JSON.stringify(shown.difference)}\n` : textOf(shown, wantsText, mostCommits))
    return 0
  },
})

function textOf({ difference, stat, text }: Shown, wantsText: boolean, mostCommits: number): string {
  const { from, to, commits, pillar_differs } = difference
  const lines = [sideText('from', from), sideText('to', to)]
  if (from.commit === to.commit) lines.push('the same commit')
  if (pillar_differs) lines.push('the pillar differs')
  lines.push(
    ...commits.map(({ isNew, commit, author, subject, tags }) =>
      [isNew ? '+' : '-', commit.slice(0, 10), `${author}:`, subject, ...tags.map(tag => `(${tag})`)].join(' '),
    ),
  )
  if (commits.length === mostCommits) lines.push('and more')
  const tooMuch =
    wantsText && text === null ? `\nMore lines than are shown: git diff ${from.commit} ${to.commit}, in a clone\n` : ''
  return `${lines.join('\n')}\n${stat && `\n${stat}`}${tooMuch}${text ? `\n${text}` : ''}`
}

const sideText = (word: string, { name, commit, author, subject, tags }: ReleaseSide): string =>
  [word.padEnd(4), name, commit.slice(0, 10), `${author}:`, subject, ...tags.map(tag => `(${tag})`)].join(' ')
