/** timezone.*: the time zone of this machine. */

import { defineState, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { existsSync, readlinkSync, renameSync, symlinkSync } from '../system/files.ts'
import { writeText } from '../system/text-file.ts'

const system = defineState({
  does: 'Sees that this machine is in a time zone: Europe/Paris.',
  arguments: { utc: { does: 'Accepted: the clock of the machine is left alone.', type: 'boolean', default: true } },
  run: call => {
    const { name } = call
    const zone = `/usr/share/zoneinfo/${name}`
    if (!/^[\w+/-]+$/.test(name) || !existsSync(zone)) return failed(`Zone does not exist: ${zone}`)
    if (current() === zone) return succeeded(`Timezone ${name} already set, UTC already set to ${name}`)
    if (call.test) return wouldChange(`Timezone ${name} needs to be set`)
    symlinkSync(zone, '/etc/localtime.new')
    renameSync('/etc/localtime.new', '/etc/localtime')
    writeText('/etc/timezone', `${name}\n`)
    return succeeded(`Set timezone ${name}`, { timezone: name })
  },
})

export const states: StateTable = { system }

function current(): string | null {
  try {
    return readlinkSync('/etc/localtime')
  } catch {
    return null
  }
}
