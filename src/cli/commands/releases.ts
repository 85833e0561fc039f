/** corpus releases. */
import { defineCommand } from '../command.ts'
import { tableText } from '../table.ts'

export const releasesCommand = defineCommand({
  name: 'releases',
  does: 'Lists the releases of a project, newest first: the current one is marked, and those that are kept can be gone back to.',
  arguments: ['NAME'],
  answers: true,
  example: 'corpus releases demo',
  async run(invocation) {
    const { releases, usableReleases } = await import('../../controller/releases.ts')
    const [name = ''] = invocation.args
    const rows = await releases(invocation.context, name)
    if (invocation.json) invocation.print(`${JSON.stringify(rows)}\n`)
    else {
      const kept = await usableReleases(invocation.context, name)
      invocation.print(
        tableText(
          [
            '',
            'name',
            'release',
            'status',
            'kept',
            'commit',
            'pillar',
            'by',
            'started',
            'seconds',
            'author',
            'subject',
          ],
          rows.map(one => [
            one.current ? '*' : ' ',
            one.name,
            one.release,
            one.bundle === null ? one.status : `${one.status}, ${one.bundle === 'failed' ? 'not bundled' : 'bundling'}`,
            kept.has(one.release) ? 'yes' : null,
            one.commit?.slice(0, 10),
            one.pillar_commit?.slice(0, 10),
            one.by,
            one.started_at,
            one.seconds,
            one.author,
            [one.subject, ...one.tags.map(tag => `(${tag})`)].join(' '),
          ]),
        ),
      )
    }
    return 0
  },
})
