/** cancel: the deployment under way is stopped. */
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

export const cancelRequest = defineRequest({
  name: 'cancel',
  does: 'Stops the deployment under way, with everything it started, and rolls back; asked again, what hangs in the rollback.',
  example: 'corpus cancel demo',
  params: object({ name: project() }),
  answer: object({ release: text('which was stopped'), state: text('how it ended') }),
  http: 'POST /projects/{name}/cancel',
  right: 'deploy on project',
  kind: 'change',
  async run(asked, { name }) {
    const [{ cancel }, { follow }] = await Promise.all([import('../cancel.ts'), import('../follow.ts')])
    const { layout, release } = await cancel(asked, name)
    const { state } = await follow(asked, layout, release, () => {})
    return { release, state }
  },
})
