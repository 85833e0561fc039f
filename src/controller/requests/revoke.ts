/** revoke: what was granted is taken back. */
import { defineRequest } from '../request.ts'
import { object } from '../schema.ts'
import { grantAnswer, grantParams } from './grant.ts'

export const revokeRequest = defineRequest({
  name: 'revoke',
  does: 'Takes back what was granted, or with --deny what was denied, in the same words.',
  example: "corpus revoke ann maintainer 'team-*'",
  params: object(grantParams()),
  answer: grantAnswer(),
  http: 'POST /grants/revoke',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name, group = false }) {
    const { grantsStand } = await import('../people.ts')
    return grantsStand(asked, name, group)
  },
  async run(asked, { name, right, projects, group = false, deny = false }) {
    const { takeBack } = await import('../people.ts')
    await takeBack(asked, { who: name, isGroup: group, right, glob: projects, isDenial: deny })
    return { name, group, right, projects, effect: deny ? ('deny' as const) : ('allow' as const) }
  },
})
