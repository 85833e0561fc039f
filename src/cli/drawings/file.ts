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
    `${changesOf(answer)}${noticesOf(answer)}${answer.changes.length === 0 ? 'Nothing to do.\n' : `${counted(answer)} to make: corpus apply\n`}`,
  status: ({ changes }) => (changes.length === 0 ? 0 : wouldChange),
})

/** Each change when it is made: what comes to a fault in the middle has shown the rest. */
export const applyDrawing = draw<typeof applyRequest>({
  live: ({ json, print }) => {
    const paint = paintFor(process.stdout)
    return telling => {
      if (telling.kind === 'change' && !json) print(changeText(telling.change, paint))
    }
  },
  text: answer =>
    `${noticesOf(answer)}${answer.changes.length === 0 ? 'Nothing to do.\n' : `${counted(answer)} made.\n`}`,
})

const counted = ({ changes }: Answer): string => `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`

const changesOf = ({ changes }: Answer): string => {
  const paint = paintFor(process.stdout)
  return changes.map(one => changeText(one, paint)).join('')
}

const noticesOf = ({ notices }: Answer): string => {
  const paint = paintFor(process.stdout)
  return notices.map(one => paint('yellow', `! ${one}\n`)).join('')
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
