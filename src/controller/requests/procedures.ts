/** The commands that run one procedure alone; what can be asked for by more than its name (`rollback` takes a release) has one of its own. */
import { procedures } from '../../procedures/index.ts'
import { object, project } from '../schema.ts'
import { defineJob } from './job.ts'

export const procedureRequests = procedures
  .filter(procedure => procedure.asked === undefined)
  .map(procedure =>
    defineJob({
      name: procedure.name,
      does: `Runs one procedure alone. ${procedure.does}`,
      example: `corpus ${procedure.name} demo`,
      params: object({ name: project() }),
      http: `POST /projects/{name}/procedures/${procedure.name}`,
      right: 'deploy on project',
      async begin(asked, { name }, caller) {
        const { runProcedure } = await import('../deploy.ts')
        return runProcedure(asked, name, caller.name, procedure.name)
      },
    }),
  )
