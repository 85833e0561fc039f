/** A call of the state engine: its document is the answer, whoever reads it. */
import { answerText } from '../../controller/answer.ts'
import type { statesCallRequest } from '../../controller/requests/states-call.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof statesCallRequest>({ text: answer => answerText({ json: 'salt' }, answer) })
