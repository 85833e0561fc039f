/** corpus du. */
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'

export const duCommand = defineCommand({
  name: 'du',
  does: 'Says what a project takes on the disk: its data, each release, caches, logs.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus du demo',
  async run(invocation) {
    const { diskUsage } = await import('../../controller/du.ts')
    const { readable } = await import('../../disk/space.ts')
    const rows = await diskUsage(invocation.context, invocation.args[0] ?? '')
    const bytes = rows.reduce((sum, row) => sum + row.bytes, 0)
    if (invocation.json) invocation.print(`${JSON.stringify({ bytes, parts: rows })}\n`)
    else
      invocation.print(
        tableText(
          ['takes', 'what', 'path'],
          [...rows.map(row => [readable(row.bytes), row.what, row.path]), [readable(bytes), 'all', null]],
        ),
      )
    return 0
  },
})
