/** mount.*: file systems that are mounted, now and after a restart. */

import { dirname } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { accountAt } from '../system/acting-as.ts'
import { existsSync, mkdirSync, readFileSync } from '../system/files.ts'
import { tryRun } from '../system/system-command.ts'
import { readText, writeText } from '../system/text-file.ts'

const mountArguments: Arguments = {
  device: { does: 'What is mounted.', type: 'text', required: true },
  fstype: { does: 'The kind of the file system.', type: 'text', required: true },
  mkmnt: { does: 'Makes the folder.', type: 'boolean', default: false },
  opts: { does: 'Options.', type: 'text or list', default: 'defaults' },
  dump: { does: 'Whether dump(8) saves it.', type: 'whole number', default: 0 },
  pass_num: { does: 'When fsck(8) looks at it.', type: 'whole number', default: 0 },
  config: { does: 'The table of file systems.', type: 'path', default: '/etc/fstab' },
  persist: { does: 'Keeps it in the table.', type: 'boolean', default: true },
  mount: { does: 'Mounts it now.', type: 'boolean', default: true },
  user: { does: 'Accepted and ignored.', type: 'text' },
}

const mounted = defineState({
  does: 'Sees that a file system is mounted; `name` is the folder.',
  arguments: mountArguments,
  otherArguments: 'Accepted and ignored.',
  run: seeMounted,
  modWatch: async call => {
    if (call.test) return wouldChange('Remount would be forced')
    const done = await tryRun(call.tools, ['mount', '-o', 'remount', '--', call.name])
    return done.ok ? succeeded(`${call.name} remounted`, { umount: 'Forced remount' }) : failed(done.stderr.trim())
  },
})

const unmounted = defineState({
  does: 'Sees that a file system is not mounted.',
  arguments: {
    device: { does: 'What is mounted.', type: 'text' },
    config: { does: 'The table of file systems.', type: 'path', default: '/etc/fstab' },
    persist: { does: 'Takes it out of the table.', type: 'boolean', default: false },
    user: { does: 'Accepted and ignored.', type: 'text' },
  },
  run: async call => {
    const { name, args } = call
    const isUp = isMounted(name)
    const config = args.text('config')
    const inTable = args.flag('persist') && tableLines(config).some(line => line.split(/\s+/)[1] === name)
    if (!isUp && !inTable) return succeeded('Target was already unmounted')
    if (call.test) return wouldChange(`Mount point ${name} is mounted but should not be`)
    if (isUp) {
      const done = await tryRun(call.tools, ['umount', '--', name])
      if (!done.ok) return failed(done.stderr.trim())
    }
    if (inTable)
      writeText(
        config,
        `${tableLines(config)
          .filter(line => line.split(/\s+/)[1] !== name)
          .join('\n')}\n`,
      )
    return succeeded('Target was successfully unmounted', { umount: true, ...(inTable ? { persist: 'purged' } : {}) })
  },
})

export const states: StateTable = { mounted, unmounted }

async function seeMounted(call: StateCall): Promise<StateReturn> {
  const { name, args, tools } = call
  const options = args.texts('opts').join(',')
  const line = [args.text('device'), name, args.text('fstype'), options, args.text('dump'), args.text('pass_num')].join(
    '\t\t',
  )
  const config = args.text('config')
  const lines = tableLines(config)
  const at = lines.findIndex(each => !each.startsWith('#') && each.split(/\s+/)[1] === name)
  const isKept =
    !args.flag('persist') || (at !== -1 && (lines[at] as string).split(/\s+/).join() === line.split(/\s+/).join())
  const isUp = !args.flag('mount') || isMounted(name)
  if (isUp && isKept) return succeeded('Target was already mounted')
  if (call.test) return wouldChange(isUp ? `${name} must be persisted in ${config}` : `${name} would be mounted`)
  if (!isUp) {
    if (!existsSync(name)) {
      if (!args.flag('mkmnt')) return failed('Mount directory is not present')
      mkdirSync(name, { recursive: true })
    }
    // mount(8) follows links by itself: on a way that others can change, it could be led anywhere.
    if (accountAt(tools.shell, dirname(name), null)) return failed(`${name} lies in a folder that others may write to`)
    const done = await tryRun(tools, [
      'mount',
      '-o',
      options,
      '-t',
      args.text('fstype'),
      '--',
      args.text('device'),
      name,
    ])
    if (!done.ok) return failed(done.stderr.trim())
  }
  if (!isKept) writeText(config, `${(at === -1 ? [...lines, line] : lines.with(at, line)).join('\n')}\n`)
  const changes = { ...(isUp ? {} : { mount: true }), ...(isKept ? {} : { persist: at === -1 ? 'new' : 'update' }) }
  return succeeded(isUp ? 'Target was already mounted' : 'Target was successfully mounted', changes)
}

function isMounted(folder: string): boolean {
  const plain = folder.replace(/(.)\/+$/, '$1')
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .some(line => line.split(' ')[1]?.replaceAll('\\040', ' ') === plain)
}

function tableLines(path: string): string[] {
  return readText(path)
    .split('\n')
    .filter(line => line.trim() !== '')
}
