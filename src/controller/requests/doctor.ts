/** doctor: whether the machine is as corpus needs it. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, oneOf, text } from '../schema.ts'

export const doctorRequest = defineRequest({
  name: 'doctor',
  does: 'Checks what corpus needs of this machine and this root, and says how to mend each. Changes nothing.',
  example: 'corpus doctor',
  tooMany:
    'doctor takes no words: it looks at the machine and at each of its projects. Of one tells `corpus status NAME`.',
  params: object({}),
  answer: Type.Array(
    object({
      name: text('what was looked at'),
      ok: Type.Boolean(),
      level: oneOf(['needed', 'useful']),
      found: text(),
      mend: text('empty where there is nothing to mend'),
    }),
  ),
  http: 'GET /doctor',
  right: 'see on machine',
  kind: 'read',
  async run(asked) {
    const { doctor } = await import('../doctor.ts')
    return doctor(asked)
  },
})
