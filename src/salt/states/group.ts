/** group.*: groups of this machine. */

import { defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { textOf } from '../definition/values.ts'
import { Dict } from '../python/dict.ts'
import { findGroup } from '../system/accounts.ts'
import { mustRun, tryRun } from '../system/system-command.ts'

const present = defineState({
  does: 'Sees that a group is there, with its number and its members.',
  arguments: {
    gid: { does: 'Its number; default: the next free one.', type: 'whole number' },
    system: { does: 'Takes the number from the range of system groups.', type: 'boolean', default: false },
    addusers: { does: 'Accounts that are members.', type: 'list' },
    delusers: { does: 'Accounts that are no members.', type: 'list' },
    members: { does: 'The accounts that are members, and no others.', type: 'list' },
    non_unique: { does: 'Allows a number that another group has.', type: 'boolean', default: false },
    local: { does: 'Accepted and ignored.', type: 'boolean', default: false },
  },
  run: seePresent,
})

const absent = defineState({
  does: 'Sees that a group is not there.',
  arguments: { local: { does: 'Accepted and ignored.', type: 'boolean', default: false } },
  run: async call => {
    const { name, tools, test } = call
    if (!findGroup(tools.shell, name)) return succeeded('Group not present')
    if (test) return wouldChange(`Group ${name} is set for removal`)
    const removed = await tryRun(tools, ['groupdel', name])
    if (!removed.ok) return failed(`Failed to remove group ${name}: ${removed.stderr.trim()}`)
    return succeeded(`Removed group ${name}`, { [name]: '' })
  },
})

export const states: StateTable = { present, absent }

async function seePresent(call: StateCall): Promise<StateReturn> {
  const { name, args, tools, test } = call
  const gid = args.numberOrNone('gid')
  if (args.has('members') && (args.has('addusers') || args.has('delusers')))
    return failed('Error: Conflicting options "members" with "addusers/delusers" and/or "members".')
  const group = findGroup(tools.shell, name)
  if (!group) {
    if (test) return wouldChange(`Group ${name} set to be added`)
    return added(call, gid)
  }
  const changes = changesFor(call, gid, group.gid, group.members)
  if (changes.size === 0) return succeeded(`Group ${name} is present and up to date`)
  const comment = `The following group attributes are set to be changed:\n${[...changes].map(([key, value]) => `${textOf(key)}: ${textOf(value)}\n`).join('')}`
  if (test) return wouldChange(comment, changes)
  if (gid !== null && gid !== group.gid) await mustRun(tools, ['groupmod', '-g', String(gid), ...shared(call), name])
  await setMembers(call, group.members)
  changes.set('Final', 'All changes applied successfully')
  return succeeded(comment, changes)
}

async function added(call: StateCall, gid: number | null): Promise<StateReturn> {
  const { name, args, tools } = call
  const taken = gid === null ? null : findGroup(tools.shell, gid)
  if (taken && !args.flag('non_unique'))
    return failed(`Group ${name} is not present but gid ${gid} is already taken by group ${taken.name}`)
  const options = [
    ...(gid === null ? [] : ['-g', String(gid)]),
    ...(args.flag('system') ? ['-r'] : []),
    ...shared(call),
  ]
  const made = await tryRun(tools, ['groupadd', ...options, name])
  if (!made.ok) return failed(`Failed to create new group ${name}: ${made.stderr.trim()}`)
  await setMembers(call, [])
  const group = findGroup(tools.shell, name)
  const changes = { name, passwd: group?.password ?? 'x', gid: group?.gid ?? gid, members: [...(group?.members ?? [])] }
  return succeeded(`New group ${name} created`, changes)
}

function shared(call: StateCall): string[] {
  return call.args.flag('non_unique') ? ['-o'] : []
}

function changesFor(call: StateCall, gid: number | null, now: number, members: readonly string[]): Dict {
  const { args } = call
  const changes = new Dict()
  if (gid !== null && gid !== now) changes.set('gid', gid)
  const wanted = args.texts('members')
  if (args.has('members') && [...wanted].sort().join() !== [...members].sort().join())
    changes.set('members', [...wanted])
  const toAdd = args.texts('addusers').filter(user => !members.includes(user))
  const toDelete = args.texts('delusers').filter(user => members.includes(user))
  if (toAdd.length) changes.set('addusers', toAdd)
  if (toDelete.length) changes.set('delusers', toDelete)
  return changes
}

async function setMembers(call: StateCall, now: readonly string[]): Promise<void> {
  const { args, name, tools } = call
  const wanted = args.has('members')
    ? args.texts('members')
    : [...new Set([...now, ...args.texts('addusers')])].filter(user => !args.texts('delusers').includes(user))
  if (wanted.join() !== now.join()) await mustRun(tools, ['gpasswd', '-M', wanted.join(','), name])
}
