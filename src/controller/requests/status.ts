/** status: what runs of a project. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { nullable, object, oneOf, project, text } from '../schema.ts'

/** What is said of a project, but for its processes. */
export const aboutProject = () => ({
  name: text(),
  mode: text(),
  installer: text('what installs and starts it, and for `auto` why'),
  state: oneOf(['new', 'live', 'degraded', 'scaled to 0', 'deploying', 'frozen', 'broken']),
  release: nullable(text('the id of the release that runs')),
  release_name: nullable(text('its name: `v12`')),
  commit: nullable(text()),
  subject: nullable(text('the first line of what was said of the commit')),
  url: nullable(text('where it answers')),
  silent_url: nullable(text('where it should answer, and does not')),
  certificate: nullable(text('how it stands with a public certificate that is waited for')),
  deployment: nullable(object({ release: text(), procedure: nullable(text()), pid: Type.Integer() })),
})

export const statusRequest = defineRequest({
  name: 'status',
  does: 'Says what runs.',
  example: 'corpus status demo --json',
  params: object({ name: project() }),
  answer: object({
    ...aboutProject(),
    processes: Type.Array(
      object({ name: text(), pid: nullable(Type.Integer()), state: text(), address: nullable(text()) }),
    ),
  }),
  http: 'GET /projects/{name}',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { status } = await import('../status.ts')
    return status(asked, name)
  },
})
