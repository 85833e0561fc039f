/** corpus reindex. */
import { defineCommand } from '../command.ts'

export const reindexCommand = defineCommand({
  name: 'reindex',
  does: 'Reads the index of projects and releases from the files anew; a damaged store is moved aside first, and what can be read of it kept.',
  answers: true,
  example: 'corpus reindex',
  async run(invocation) {
    const { reindex } = await import('../../controller/reindex.ts')
    const answer = await reindex(invocation.context)
    if (invocation.json) invocation.print(`${JSON.stringify(answer)}\n`)
    else {
      if (answer.moved_aside !== null)
        invocation.print(`the store was damaged: it is ${answer.moved_aside} now; ${answer.saved} rows were kept\n`)
      invocation.print(`${answer.projects} projects, ${answer.deployments} deployments\n`)
    }
    return 0
  },
})
