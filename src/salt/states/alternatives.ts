/** alternatives.*: which of several programs answers to a name. */

import { defineState, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { existsSync, readlinkSync } from '../system/files.ts'
import { tryRun } from '../system/system-command.ts'

const path = { does: 'The program.', type: 'path', required: true } as const

const install = defineState({
  does: 'Sees that a program is one of the alternatives of a name.',
  arguments: {
    link: { does: 'The link that people call.', type: 'path', required: true },
    path,
    priority: { does: 'The highest one wins.', type: 'whole number', required: true },
  },
  run: async call => {
    const { name, args, tools } = call
    const target = args.text('path')
    if (!existsSync(target)) return failed(`${target} is not there`)
    const known = await tryRun(tools, ['update-alternatives', '--query', name])
    if (known.stdout.split('\n').includes(`Alternative: ${target}`))
      return succeeded(`Alternatives for ${name} is already set to ${target}`)
    if (call.test)
      return wouldChange(`Alternative will be set for ${name} to ${target} with priority ${args.text('priority')}`)
    const done = await tryRun(tools, [
      'update-alternatives',
      '--install',
      args.text('link'),
      name,
      target,
      args.text('priority'),
    ])
    if (!done.ok) return failed(`Alternative for ${name} not installed: ${done.stderr.trim()}`)
    return succeeded(`Setting alternative for ${name} to ${target} with priority ${args.text('priority')}`, {
      name,
      link: args.text('link'),
      path: target,
      priority: args.value('priority'),
    })
  },
})

const set = defineState({
  does: 'Sees that a name means one of its alternatives.',
  arguments: { path },
  run: async call => {
    const { name, args, tools } = call
    const now = current(name)
    if (now === args.text('path')) return succeeded(`${name} already set to ${now}`)
    if (call.test) return wouldChange(`${name} will be set to path ${args.text('path')}`)
    const done = await tryRun(tools, ['update-alternatives', '--set', name, args.text('path')])
    if (!done.ok) return failed(`${name} not updated: ${done.stderr.trim()}`)
    return succeeded(`${name} set to ${args.text('path')}`, { path: args.text('path') })
  },
})

export const states: StateTable = { install, set }

function current(name: string): string | null {
  if (!/^[\w.+-]+$/.test(name)) return null
  try {
    return readlinkSync(`/etc/alternatives/${name}`)
  } catch {
    return null
  }
}
