/** grant: a user or a group may do more, or is denied it. */
import { Type } from '@sinclair/typebox'
import { defineRequest } from '../request.ts'
import { flag, object, oneOf, text, word } from '../schema.ts'

/** Who, what and on which projects. */
export const grantParams = () => ({
  name: word('WHO', 'a user, or with --group a group', { parse: 'user' }),
  right: word('RIGHT', 'a right, or a role: viewer, deployer, maintainer, owner'),
  projects: word('GLOB', 'a project; `*` stands for any letters'),
  group: flag('WHO is a group'),
  deny: flag('it is denied: at the same depth that beats what is allowed'),
})

export const grantAnswer = () =>
  object({ name: text(), group: Type.Boolean(), right: text(), projects: text(), effect: oneOf(['allow', 'deny']) })

export const grantRequest = defineRequest({
  name: 'grant',
  does: 'Lets a user do more on projects. What is more specific decides, and at the same depth a denial.',
  example: "corpus grant ann maintainer 'team-*'",
  params: object(grantParams()),
  answer: grantAnswer(),
  http: 'POST /grants',
  right: 'admin on machine',
  kind: 'change',
  async stands(asked, { name, group = false }) {
    const { grantsStand } = await import('../people.ts')
    return grantsStand(asked, name, group)
  },
  async run(asked, { name, right, projects, group = false, deny = false }, caller) {
    const { grantTo } = await import('../people.ts')
    await grantTo(asked, caller, { who: name, isGroup: group, right, glob: projects, isDenial: deny })
    return { name, group, right, projects, effect: deny ? ('deny' as const) : ('allow' as const) }
  },
})
