/** backup verify: whether what was backed up can be read. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, project } from '../schema.ts'

export const backupVerifyRequest = defineRequest({
  name: 'backup verify',
  does: 'Holds the repository of the backups against its digests.',
  example: 'corpus backup verify demo --all',
  params: object({ name: project(), all: flag('every byte of it: reads the whole repository') }),
  answer: object({ sound: Type.Boolean() }),
  http: 'POST /projects/{name}/backups/verify',
  right: 'operate on project',
  kind: 'change',
  async run(asked, { name, all = false }) {
    const { verify } = await import('../backup.ts')
    await verify(asked, name, all)
    return { sound: true }
  },
})
