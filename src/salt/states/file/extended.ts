/** What a file can have beyond owner and mode: attributes of chattr, and the context of SELinux. */

import type { StateCall, StateReturn } from '../../definition/define.ts'
import { textOf } from '../../definition/values.ts'
import { Dict } from '../../python/dict.ts'
import { byHandle } from '../../system/files.ts'
import { mustRun, tryRun } from '../../system/system-command.ts'
import { statsOf } from './attributes.ts'

type Tools = StateCall['tools']

/** Whether the state asks for one of them. */
export function wantsExtended({ args }: StateCall): boolean {
  return args.textOrNone('attrs') !== null || args.mapping('selinux').size > 0
}

/** Takes away what would keep the file from being changed: the attributes i and a. */
export async function loosen({ args, tools, test }: StateCall, path: string): Promise<void> {
  if (test || args.textOrNone('attrs') === null || !statsOf(path)) return
  const locks = [...(await flagsOf(tools, path))].filter(flag => flag === 'i' || flag === 'a').join('')
  if (locks) await byHandle(path, at => mustRun(tools, ['chattr', `-${locks}`, '--', at]))
}

/** The outcome with what these became; in test mode with what they would become. */
export async function withExtended(call: StateCall, path: string, outcome: StateReturn): Promise<StateReturn> {
  if (outcome.result === false || !statsOf(path)) return outcome
  const faults = [...(await setFlags(call, path, outcome.changes)), ...(await setContext(call, path, outcome.changes))]
  if (faults.length) return { ...outcome, result: false, comment: faults.join('\n') }
  if (outcome.changes.size === 0) return outcome
  return call.test
    ? { ...outcome, result: null, comment: `The file ${path} is set to be changed` }
    : { ...outcome, comment: `File ${path} updated` }
}

async function setFlags({ args, tools, test }: StateCall, path: string, changes: Dict): Promise<string[]> {
  const wanted = args.textOrNone('attrs')
  if (wanted === null) return []
  const before = await flagsOf(tools, path)
  const added = [...wanted].filter(flag => !before.includes(flag)).join('')
  // Extents are how the file system keeps the file: nobody takes that away.
  const removed = [...before].filter(flag => flag !== 'e' && !wanted.includes(flag)).join('')
  if (!added && !removed) return []
  if (!test) {
    if (added) await byHandle(path, at => tryRun(tools, ['chattr', `+${added}`, '--', at]))
    if (removed) await byHandle(path, at => tryRun(tools, ['chattr', `-${removed}`, '--', at]))
    const after = await flagsOf(tools, path)
    if ([...added].some(flag => !after.includes(flag)) || [...removed].some(flag => after.includes(flag)))
      return [`Failed to change attributes to ${wanted}`]
  }
  changes.set('attrs', Dict.of({ old: before, new: wanted }))
  return []
}

/** The letters that lsattr shows; none where the file system knows no attributes. */
async function flagsOf(tools: Tools, path: string): Promise<string> {
  const shown = await byHandle(path, at => tryRun(tools, ['lsattr', '-d', '--', at]))
  return shown.ok ? (shown.stdout.split(' ')[0] ?? '').replaceAll('-', '') : ''
}

/** In the order of a context's parts: user:role:type:range. */
const parts = [
  ['seuser', 'User', '--user'],
  ['serole', 'Role', '--role'],
  ['setype', 'Type', '--type'],
  ['serange', 'Range', '--range'],
] as const

async function setContext({ args, tools, test }: StateCall, path: string, changes: Dict): Promise<string[]> {
  const wanted = args.mapping('selinux')
  if (wanted.size === 0) return []
  const shown = await byHandle(path, at => tryRun(tools, ['stat', '-c', '%C', '--', at]))
  const present = shown.stdout.trim().split(':')
  if (!shown.ok || present.length < 3) return ['Unable to get selinux attributes']
  const range = present.slice(3).join(':')
  const different = parts.flatMap(([name, title, option], at) => {
    const value = wanted.get(name)
    const old = at === 3 ? range : (present[at] ?? '')
    return value === undefined || textOf(value) === old ? [] : [{ title, option, old, value: textOf(value) }]
  })
  if (different.length === 0) return []
  if (!test) {
    const options = different.flatMap(({ option, value }) => [option, value])
    const set = await byHandle(path, at => tryRun(tools, ['chcon', ...options, '--', at]))
    if (!set.ok) return [set.stderr.trim() || 'Failed to change selinux attributes']
  }
  const told = (which: 'old' | 'value') => different.map(one => `${one.title}: ${one[which]}`).join(' ')
  changes.set('selinux', Dict.of({ Old: told('old'), New: told('value') }))
  return []
}
