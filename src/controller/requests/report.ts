/** report: where to push. */
import { defineRequest } from '../request.ts'
import { object, project, text } from '../schema.ts'

const address = () => object({ local: text('its status tells of the deployment only with `receivepack`'), ssh: text() })

export const reportRequest = defineRequest({
  name: 'report',
  does: 'Prints where to push, and a stanza for the ssh configuration of a pusher. CORPUS_HOST says how pushers reach this machine (default: its name).',
  example: 'corpus report demo',
  params: object({ name: project() }),
  answer: object({
    name: text(),
    project: address(),
    pillar: address(),
    receivepack: text('what a remote over `local` needs, as a shell reads it'),
    sshConfig: text('a stanza for ~/.ssh/config of the pusher'),
  }),
  http: 'GET /projects/{name}/report',
  right: 'see on project',
  kind: 'read',
  async run(asked, { name }) {
    const { report } = await import('../report.ts')
    return report(asked, name)
  },
})
