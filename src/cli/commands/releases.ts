/** corpus releases. */
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'

export const releasesCommand = defineCommand({
  name: 'releases',
  does: 'Lists the releases of a project, newest first; the current one is marked.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus releases demo',
  async run(invocation) {
    const { releases } = await import('../../controller/releases.ts')
    const rows = await releases(invocation.context, invocation.args[0] ?? '')
    if (invocation.json) invocation.print(`${JSON.stringify(rows)}\n`)
    else
      invocation.print(
        tableText(
          ['', 'release', 'status', 'commit', 'pillar', 'by', 'started', 'seconds'],
          rows.map(one => [
            one.current ? '*' : ' ',
            one.release,
            one.status,
            one.commit?.slice(0, 10),
            one.pillar_commit?.slice(0, 10),
            one.by,
            one.started_at,
            one.seconds,
          ]),
        ),
      )
    return 0
  },
})
