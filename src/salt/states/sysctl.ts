/** sysctl.*: settings of the kernel, now and after a restart. */

import { defineState, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { existsSync, readFileSync } from '../system/files.ts'
import { tryRun } from '../system/system-command.ts'
import { readText, writeText } from '../system/text-file.ts'

const present = defineState({
  does: 'Sees that a setting of the kernel has a value, now and after a restart.',
  arguments: {
    value: { does: 'The value.', type: 'text', required: true },
    config: { does: 'The file that keeps it.', type: 'path', default: '/etc/sysctl.d/99-salt.conf' },
    ignore: { does: 'Accepts a setting that the kernel does not know.', type: 'boolean', default: false },
  },
  run: async call => {
    const { name, args, tools } = call
    if (!/^[\w./-]+$/.test(name) || name.includes('..')) return failed(`'${name}' is no setting of the kernel`)
    const wanted = words(args.text('value'))
    const file = args.text('config')
    const lines = readText(file)
      .split('\n')
      .filter(line => line.trim() !== '')
    const at = lines.findIndex(line => line.split('=')[0]?.trim() === name)
    const isKept = at !== -1 && words((lines[at] as string).split('=').slice(1).join('=')) === wanted
    if (isKept && running(name) === wanted) return succeeded(`Sysctl value ${name} = ${wanted} is already set`)
    if (call.test) return wouldChange(`Sysctl value is set to be changed`)
    const line = `${name} = ${wanted}`
    writeText(file, `${(at === -1 ? [...lines, line] : lines.with(at, line)).join('\n')}\n`)
    const done = await tryRun(tools, ['sysctl', '-w', `${name}=${wanted}`])
    if (!done.ok && !args.flag('ignore')) return failed(`Failed to set ${name} to ${wanted}: ${done.stderr.trim()}`)
    return succeeded(`Updated sysctl value ${name} = ${wanted}`, { [name]: wanted })
  },
})

export const states: StateTable = { present }

function running(name: string): string | null {
  const path = `/proc/sys/${name.replaceAll('.', '/')}`
  return existsSync(path) ? words(readFileSync(path, 'utf8')) : null
}

function words(text: string): string {
  return text.trim().split(/\s+/).join(' ')
}
