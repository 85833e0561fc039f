/** State files by hand: each state as it ends, what came of all, texts and steps. */

import type { Telling } from '../../controller/request.ts'
import type { statesApplyRequest } from '../../controller/requests/states-apply.ts'
import type { statesRenderRequest } from '../../controller/requests/states-render.ts'
import type { statesShowRequest } from '../../controller/requests/states-show.ts'
import { catalogue } from '../../kernel/errors.ts'
import { type Fault, faultText } from '../../salt/language/faults.ts'
import { draw } from '../drawing.ts'
import { paintFor } from '../paint.ts'
import { resultText, summaryText } from '../states-text.ts'
import { tableText } from '../table.ts'

/** On a terminal also the one that runs. */
export const applyDrawing = draw<typeof statesApplyRequest>({
  stops: true,
  live: ({ json, print }) => {
    const began = Date.now()
    const paint = paintFor(process.stdout)
    const isLive = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb'
    return telling => {
      if (telling.kind === 'faults') tellFaults(telling.faults)
      if (json) return
      if (telling.kind === 'results') print(summaryText(telling.results.values(), Date.now() - began, paint))
      if (telling.kind !== 'step') return
      const { event } = telling
      const { step } = event
      if (event.kind === 'step-started' && isLive)
        print(paint('dim', `${'…'.padEnd(12)}  ${step.module}.${step.function}  ${step.id}`.slice(0, 78)))
      if (event.kind !== 'step-ended') return
      if (isLive) process.stdout.write('\r\x1b[K')
      print(resultText(event.result, paint))
    }
  },
})

export const renderDrawing = draw<typeof statesRenderRequest>({
  stops: true,
  live: () => whatIsWrong,
  text(answer) {
    const texts = Object.entries(answer).flatMap(([sls, text]) =>
      typeof text === 'string' ? [[sls, text] as const] : [],
    )
    if (texts.length === 1) return texts.map(([, text]) => ended(text)).join('')
    return texts.map(([sls, text]) => `# ${sls}\n${ended(text)}\n`).join('')
  },
})

const ended = (text: string): string => (text.endsWith('\n') || text === '' ? text : `${text}\n`)

export const showDrawing = draw<typeof statesShowRequest>({
  stops: true,
  live: ({ json, print }) => {
    return telling => {
      whatIsWrong(telling)
      if (telling.kind !== 'steps' || json) return
      const rows = telling.steps.map((step, at) => [
        at + 1,
        `${step.module}.${step.function}`,
        step.id,
        step.name === step.id ? '' : step.name,
        step.sls,
        step.place.line,
      ])
      print(tableText(['', 'state', 'id', 'name', 'sls', 'line'], rows))
    }
  },
})

/** To people and to whoever keeps the error output, beside what is answered. */
function whatIsWrong(telling: Telling): void {
  if (telling.kind === 'faults') tellFaults(telling.faults)
  if (telling.kind === 'steps') process.stderr.write(telling.doubts.map(one => `warning: ${faultText(one)}\n`).join(''))
}

/** People get places and advice. */
function tellFaults(faults: readonly Fault[]): void {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`
  const lines = faults.map(one => faultText(one).replace(/^/gm, '  ')).join('\n')
  process.stderr.write(
    `corpus: The state files have ${count}. (STATES_INVALID)\n${lines}\n  ${catalogue.STATES_INVALID.wayOut}\n`,
  )
}
