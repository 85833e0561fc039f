/** What was read anew. */
import type { reindexRequest } from '../../controller/requests/reindex.ts'
import { draw } from '../drawing.ts'

export const drawing = draw<typeof reindexRequest>({
  text: ({ projects, deployments, moved_aside, saved }) =>
    `${moved_aside === null ? '' : `the store was damaged: it is ${moved_aside} now; ${saved} rows were kept\n`}${projects} projects, ${deployments} deployments\n`,
})
