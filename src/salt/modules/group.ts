/** group.*: groups of this machine. */

import { defineFunction, type FunctionTable } from '../definition/define.ts'
import { Dict } from '../python/dict.ts'
import { allGroups, findGroup, type GroupEntry } from '../system/accounts.ts'

export const functions: FunctionTable = {
  info: defineFunction({
    does: 'What is known of a group; empty where there is none.',
    acts: false,
    arguments: { name: { does: 'The name of the group.', type: 'text', required: true } },
    call: ({ args, tools }) => {
      const group = findGroup(tools.shell, args.text('name'))
      return group ? groupInfo(group) : new Dict()
    },
  }),
  getent: defineFunction({
    does: 'What is known of all groups.',
    acts: false,
    arguments: { refresh: { does: 'Accepted and ignored.', type: 'boolean', default: false } },
    call: () => allGroups().map(groupInfo),
  }),
}

function groupInfo(group: GroupEntry): Dict {
  return Dict.of({ name: group.name, passwd: group.password, gid: group.gid, members: [...group.members] })
}
