/** user.absent: an account that is not there. */

import { defineState } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { groupsOf } from '../../modules/user.ts'
import { allGroups, findAccount } from '../../system/accounts.ts'
import { tryRun } from '../../system/system-command.ts'

export const absent = defineState({
  does: 'Sees that an account is not there.',
  arguments: {
    purge: { does: 'Deletes its home and mail too.', type: 'boolean', default: false },
    force: { does: 'Deletes it while it is logged in too.', type: 'boolean', default: false },
    local: { does: 'Accepted and ignored.', type: 'boolean', default: false },
  },
  run: async call => {
    const { name, args, tools } = call
    const account = findAccount(tools.shell, name)
    if (!account) return succeeded(`User ${name} is not present`)
    if (call.test) return wouldChange(`User ${name} set for removal`)
    const before = groupsOf(account)
    const options = [...(args.flag('purge') ? ['-r'] : []), ...(args.flag('force') ? ['-f'] : [])]
    const removed = await tryRun(tools, ['userdel', ...options, name])
    if (!removed.ok) return failed(`Failed to remove user ${name}: ${removed.stderr.trim()}`)
    const left = new Set(allGroups().map(group => group.name))
    const gone = before.filter(group => !left.has(group)).map(group => [`${group} group`, 'removed'] as const)
    return succeeded(`Removed user ${name}`, { ...Object.fromEntries(gone), [name]: 'removed' })
  },
})
