/** remote add: a clone learns to push to a project. */
import { defineRequest } from '../request.ts'
import { flag, nullable, object, option, projectTyped, text } from '../schema.ts'

export const remoteAddRequest = defineRequest({
  name: 'remote add',
  does: 'Lets the clone in this folder push to a project on this machine; git push then ends with the status of the deployment.',
  example: 'corpus remote add demo && git push corpus main',
  params: object({
    name: projectTyped(),
    remote: option('REMOTE', 'how the remote is called (default: corpus, or corpus-pillar)'),
    pillar: flag("the project's pillar instead"),
    folder: option('DIR', 'the clone (default: the current folder)', { here: true }),
  }),
  answer: object({
    remote: text('how it is called'),
    url: text(),
    refspec: text('what to push, so that it deploys'),
    behind: nullable(text('the branch there of which the clone lacks commits')),
  }),
  http: 'POST /projects/{name}/remotes',
  local: 'It gives a remote to a clone on the machine itself.',
  right: 'admin on machine',
  kind: 'change',
  async run(asked, { name, pillar = false, remote = pillar ? 'corpus-pillar' : 'corpus', folder = '' }) {
    const { addRemote } = await import('../remote.ts')
    return { remote, ...(await addRemote(asked, name, { folder, remote, pillar })) }
  },
})
