/** Settings: a value as it is, and what became of those that were changed. */
import type { configGetRequest } from '../../controller/requests/config-get.ts'
import type { configSetRequest } from '../../controller/requests/config-set.ts'
import { draw } from '../drawing.ts'

export const valueDrawing = draw<typeof configGetRequest>({
  text: value => (typeof value === 'string' ? `${value}\n` : `${JSON.stringify(value, null, 2)}\n`),
})

export const changedDrawing = draw<typeof configSetRequest>({
  text({ changed }, { params }) {
    const lines = changed.map(({ key, before, after }) => {
      const was = sameText(before, after) ? 'as before' : before === undefined ? 'new' : `was ${textOf(before)}`
      return after === undefined ? `${key} is not set any more (${was})\n` : `${key} is ${textOf(after)} (${was})\n`
    })
    return `${lines.join('')}It counts from the next deployment on: corpus deploy ${params.name}\n`
  },
})

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
