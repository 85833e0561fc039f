/** What a release changed: sides, commits, and then the lines as git shows them. */
import type { ReleaseSide, Shown } from '../../controller/diff.ts'
import type { diffRequest } from '../../controller/requests/diff.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof diffRequest>({
  live: ({ json, params, print }) => {
    return telling => {
      if (telling.kind === 'diff' && !json) print(textOf(telling.shown, params.stat !== true))
    }
  },
})

function textOf({ difference, isCut, stat, text }: Shown, wantsText: boolean): string {
  const { from, to, commits, pillar_differs } = difference
  const lines = [sideText('from', from), sideText('to', to)]
  if (from.commit === to.commit) lines.push('the same commit')
  if (pillar_differs) lines.push('the pillar differs')
  lines.push(
    ...commits.map(({ isNew, commit, author, subject, tags }) =>
      [isNew ? '+' : '-', commit.slice(0, 10), `${author}:`, subject, ...tags.map(tag => `(${tag})`)].join(' '),
    ),
  )
  if (isCut) lines.push('and more')
  const tooMuch =
    wantsText && text === null ? `\nMore lines than are shown: git diff ${from.commit} ${to.commit}, in a clone\n` : ''
  return `${lines.join('\n')}\n${stat && `\n${stat}`}${tooMuch}${text ? `\n${text}` : ''}`
}

const sideText = (word: string, { name, commit, author, subject, tags }: ReleaseSide): string =>
  [word.padEnd(4), name, commit.slice(0, 10), `${author}:`, subject, ...tags.map(tag => `(${tag})`)].join(' ')
