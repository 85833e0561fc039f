/** pkgrepo.*: repositories that apt takes packages from. */

import { isAbsolute } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { existsSync, readFileSync, rmSync } from '../system/files.ts'
import { aptCommand, aptEnvironment } from '../system/packages.ts'
import { tryRun } from '../system/system-command.ts'
import { readText, writeText } from '../system/text-file.ts'

const sourceArguments: Arguments = {
  humanname: { does: 'What people call it.', type: 'text' },
  file: { does: 'The file that holds it; default: /etc/apt/sources.list.', type: 'path' },
  key_url: { does: 'Where its key is: salt://…, a path or an address.', type: 'text' },
  aptkey: { does: 'Puts the key where all repositories see it.', type: 'boolean', default: true },
  clean_file: { does: 'Leaves nothing else in the file.', type: 'boolean', default: false },
  refresh: { does: 'Reads the lists of packages when it changed.', type: 'boolean', default: true },
  refresh_db: { does: 'Another name of refresh.', type: 'boolean', default: true },
  disabled: { does: 'Keeps it commented out.', type: 'boolean', default: false },
  comments: { does: 'A comment behind it.', type: 'text or list' },
}

const managed = defineState({
  does: 'Sees that apt takes packages from a repository; `name` is its line: deb https://… stable main.',
  arguments: sourceArguments,
  otherArguments: 'What other package managers know is accepted and ignored.',
  run: seeManaged,
})

const absent = defineState({
  does: 'Sees that apt does not take packages from a repository.',
  arguments: sourceArguments,
  otherArguments: 'What other package managers know is accepted and ignored.',
  run: call => {
    const file = fileOf(call)
    const lines = readText(file).split('\n')
    const kept = lines.filter(line => !isSame(line, call.name))
    if (kept.length === lines.length) return succeeded(`Package repo ${call.name} is absent`)
    if (call.test)
      return wouldChange(
        `Package repo '${call.name}' will be removed. This may cause pkg states to behave differently than expected.`,
      )
    if (kept.every(line => line.trim() === '') && file.startsWith('/etc/apt/sources.list.d/')) rmSync(file)
    else writeText(file, kept.join('\n'))
    return succeeded(`Removed repo ${call.name}`, { repo: call.name })
  },
})

export const states: StateTable = { managed, absent }

async function seeManaged(call: StateCall): Promise<StateReturn> {
  const { name, args, tools } = call
  if (!/^deb(-src)?\s/.test(name))
    return failed(`Failed to configure repo '${name}': a line of apt begins with deb or deb-src`)
  const file = fileOf(call)
  if (!isAbsolute(file)) return failed(`Failed to configure repo '${name}': ${file} is no absolute path`)
  const comment = args.texts('comments').join(' ')
  const line = `${args.flag('disabled') ? '# ' : ''}${name.trim()}${comment ? ` # ${comment}` : ''}`
  const before = readText(file)
  const lines = before.split('\n').filter(each => each.trim() !== '')
  const kept = args.flag('clean_file') ? [] : lines
  const at = kept.findIndex(each => isSame(each, name))
  const next = `${(at === -1 ? [...kept, line] : kept.with(at, line)).join('\n')}\n`
  if (next === before || (at !== -1 && kept[at] === line)) return succeeded(`Package repo '${name}' already configured`)
  if (call.test)
    return wouldChange(
      `Package repo '${name}' would be configured. This may cause pkg states to behave differently than expected.`,
    )
  const problem = await addKey(call)
  if (problem !== null) return failed(`Failed to configure repo '${name}': ${problem}`)
  writeText(file, next)
  if (args.flag('refresh') && args.flag('refresh_db')) {
    const env = { ...Object.fromEntries(tools.environment), ...aptEnvironment }
    const done = await tryRun(tools, aptCommand('update'), { env })
    if (!done.ok)
      return failed(`Repo '${name}' is configured, but its lists could not be read: ${done.stderr.trim()}`, {
        repo: name,
      })
  }
  return succeeded(`Configured package repo '${name}'`, { repo: name })
}

/** What went wrong, or null. */
async function addKey(call: StateCall): Promise<string | null> {
  const address = call.args.textOrNone('key_url')
  if (!address) return null
  const signed = /signed-by=([^\s\],]+)/.exec(call.name)?.[1]
  const place =
    signed ??
    `/etc/apt/trusted.gpg.d/${
      address
        .split('/')
        .at(-1)
        ?.replace(/[^\w.-]/g, '_') ?? 'key'
    }`
  if (existsSync(place)) return null
  const key = await keyAt(address, call)
  if (typeof key === 'string') return key
  const armored = Buffer.from(key.subarray(0, 200)).includes('BEGIN PGP')
  if (armored && place.endsWith('.gpg')) {
    const done = await tryRun(call.tools, ['gpg', '--batch', '--yes', '--dearmor', '-o', place], { input: key })
    return done.ok ? null : done.stderr.trim()
  }
  writeText(place, Buffer.from(key).toString('latin1'))
  return null
}

async function keyAt(address: string, call: StateCall): Promise<Uint8Array | string> {
  if (!/^https?:/.test(address)) {
    const file = isAbsolute(address) ? address : call.tools.files.find(address)
    return file !== null && existsSync(file) ? readFileSync(file) : `there is no key at ${address}`
  }
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(60_000) })
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : `${address} answers ${answer.status}`
  } catch (error) {
    return `${address}: ${(error as Error).message}`
  }
}

function fileOf(call: StateCall): string {
  return call.args.textOrNone('file') ?? '/etc/apt/sources.list'
}

/** Whether two lines have type, address, release and components in common, whatever stands in brackets. */
function isSame(line: string, wanted: string): boolean {
  const bare = (text: string) =>
    text
      .replace(/^#\s*/, '')
      .replace(/\[[^\]]*\]/, ' ')
      .replace(/\s+#.*$/, '')
      .trim()
      .replace(/\s+/g, ' ')
  return bare(line) === bare(wanted)
}
