/** Variables of the application. */

import type { AnswerOf } from '../../controller/request.ts'
import type { envListRequest } from '../../controller/requests/env-list.ts'
import type { envSetRequest } from '../../controller/requests/env-set.ts'
import type { envUnsetRequest } from '../../controller/requests/env-unset.ts'
import { draw } from '../drawing.ts'

const next = (name: string) => `It counts from the next deployment on: corpus deploy ${name}\n`

export const setDrawing = draw<typeof envSetRequest>({
  text: ({ set }, { params }) => `set ${set.join(', ')}\n${next(params.name)}`,
})

export const unsetDrawing = draw<typeof envUnsetRequest>({
  text: ({ unset }, { params }) => `unset ${unset.join(', ')}\n${next(params.name)}`,
})

export const listDrawing = draw<typeof envListRequest>({
  text: (rows, { params }) =>
    rows.length === 0 ? `${params.name} has no variables of its own.\n` : rows.map(line).join(''),
})

/** A value with line breaks or odd letters in it is shown as JSON has it. */
function line({ name, value, encoding }: AnswerOf<typeof envListRequest>[number]): string {
  if (value === null) return `${name}=********\n`
  if (encoding === 'base64') return `${name} in base64: ${value}\n`
  return `${name}=${/[\x00-\x1f\x7f-\x9f]/.test(value) ? JSON.stringify(value) : value}\n`
}
