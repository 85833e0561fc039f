/** What a file changes, drawn as a diff. */

import type { AnswerOf } from '../../controller/request.ts'
import type { applyRequest } from '../../controller/requests/apply.ts'
import type { planFileRequest } from '../../controller/requests/plan-file.ts'
import { draw } from '../drawing.ts'
import { type Colour, type Paint, paintFor } from '../paint.ts'

type Answer = AnswerOf<typeof planFileRequest>
type Change = Answer['changes'][number]

/** As of state files that would change something. */
const wouldChange = 2

export const planDrawing = draw<typeof planFileRequest>({
  text: answer =>
    `${linesOf(answer)}${answer.changes.length === 0 ? 'Nothing to do.\n' : `${counted(answer)} to make: corpus apply\n`}`,
  status: ({ changes }) => (changes.length === 0 ? 0 : wouldChange),
})

export const applyDrawing = draw<typeof applyRequest>({
  text: answer =>
    `${linesOf(answer)}${answer.changes.length === 0 ? 'Nothing to do.\n' : `${counted(answer)} made.\n`}`,
})

const counted = ({ changes }: Answer): string => `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`

function linesOf({ changes, notices }: Answer): string {
  const paint = paintFor(process.stdout)
  const told = notices.map(one => paint('yellow', `! ${one}\n`))
  return [...changes.map(one => changeText(one, paint)), ...told].join('')
}

const signs: Readonly<Record<Change['action'], readonly [string, Colour]>> = {
  add: ['+', 'green'],
  change: ['~', 'cyan'],
  remove: ['-', 'red'],
}

function changeText({ action, kind, name, fields }: Change, paint: Paint): string {
  const [sign, colour] = signs[action]
  const lines = fields.map(({ key, before, after }) => {
    if (before === undefined) return paint('green', `    + ${key}: ${textOf(after)}\n`)
    if (after === undefined) return paint('red', `    - ${key}: ${textOf(before)}\n`)
    return paint('cyan', `    ~ ${key}: ${textOf(before)} → ${textOf(after)}\n`)
  })
  return `${paint(colour, `${sign} ${kind} ${name}`)}\n${lines.join('')}`
}

const textOf = (value: unknown): string =>
  typeof value === 'string' && /^[\w./@:-]+$/.test(value) ? value : JSON.stringify(value)
