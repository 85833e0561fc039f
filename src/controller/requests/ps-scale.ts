/** ps scale: how many processes there are. */
import { object, project, words } from '../schema.ts'
import { defineJob } from './job.ts'

export const psScaleRequest = defineJob({
  name: 'ps scale',
  does: 'Changes how many processes of each kind there are, now and in later deployments.',
  example: 'corpus ps demo scale web=3 worker=1',
  typed: 'ps NAME scale',
  params: object({ name: project(), counts: words('PROCESS=COUNT', 'a process of the Procfile and a count') }),
  http: 'POST /projects/{name}/processes/scale',
  right: 'operate on project',
  async stands(asked, { name, counts }) {
    const { keysOf, settingsStand } = await import('../stands.ts')
    return settingsStand(
      asked,
      name,
      keysOf(counts).map(process => `scale.${process}`),
    )
  },
  async begin(asked, { name, counts }, caller) {
    const { scale } = await import('../ps.ts')
    return scale(asked, name, caller.name, counts)
  },
})
