/** audit verify: whether a line of the audit was changed or taken out. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { object, text } from '../schema.ts'

export const auditVerifyRequest = defineRequest({
  name: 'audit verify',
  typed: 'audit --verify',
  does: 'Walks the whole audit, and says whether a line was changed or taken out. Who writes the last hash down elsewhere finds out when its end was taken off.',
  example: 'corpus audit --verify',
  params: object({}),
  answer: object({ lines: Type.Integer(), hash: text('of the last line') }),
  http: 'GET /audit/verify',
  right: 'admin on machine',
  kind: 'read',
  async run(asked) {
    const { verifiedAudit } = await import('../audit.ts')
    return verifiedAudit(asked)
  },
})
