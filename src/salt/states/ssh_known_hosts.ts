/** ssh_known_hosts.*: keys of machines that ssh trusts. */

import { join } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { findAccount } from '../system/accounts.ts'
import { asAccountAt } from '../system/acting-as.ts'
import { chownSync } from '../system/files.ts'
import { tryRun } from '../system/system-command.ts'
import { readText, writeText } from '../system/text-file.ts'

const hostArguments: Arguments = {
  user: { does: 'The account; without it, all accounts.', type: 'text' },
  fingerprint: { does: 'The fingerprint that its key must have.', type: 'text' },
  key: { does: 'Its key; otherwise the machine is asked.', type: 'text' },
  port: { does: 'Its port.', type: 'whole number' },
  enc: { does: 'The kind of the key.', type: 'text' },
  config: { does: 'The file.', type: 'path' },
  hash_known_hosts: { does: 'Hides the name of the machine.', type: 'boolean', default: false },
  timeout: { does: 'Seconds that asking the machine may take.', type: 'number', default: 5 },
  fingerprint_hash_type: { does: 'The digest of the fingerprint: sha256 or md5.', type: 'text', default: 'sha256' },
}

const present = defineState({
  does: 'Sees that ssh trusts a machine.',
  arguments: hostArguments,
  run: seePresent,
})

const absent = defineState({
  does: 'Sees that ssh does not trust a machine.',
  arguments: hostArguments,
  run: async call => {
    const place = placeOf(call)
    if (typeof place === 'string') return failed(place)
    const known = await linesFor(call, place.path)
    if (known.length === 0) return succeeded('Host is already absent')
    if (call.test) return wouldChange(`Key for ${call.name} is set to be removed from ${place.path}`)
    const removed = await tryRun(
      call.tools,
      ['ssh-keygen', '-R', hostOf(call), '-f', place.path],
      asAccountAt(call.tools.shell, place.path, null),
    )
    if (!removed.ok) return failed(removed.stderr.trim())
    return succeeded(`Host key removed from ${place.path}`, { [call.name]: 'removed' })
  },
})

export const states: StateTable = { present, absent }

async function seePresent(call: StateCall): Promise<StateReturn> {
  const { name, args, tools } = call
  const place = placeOf(call)
  if (typeof place === 'string') return failed(place)
  const known = await linesFor(call, place.path)
  const key = args.textOrNone('key')
  const fingerprint = args.textOrNone('fingerprint')
  if (known.some(line => key === null || line.includes(key)) && (fingerprint === null || (await fits(known, call)))) {
    return succeeded(`Host ${name} is already in ${place.path}`)
  }
  if (call.test) return wouldChange(`Key for ${name} is set to be added to ${place.path}`)
  const lines = key === null ? await scanned(call) : [`${hostOf(call)} ${args.textOrNone('enc') ?? 'ssh-rsa'} ${key}`]
  if (lines.length === 0) return failed(`Unable to receive remote host keys of ${name}`)
  if (fingerprint !== null && !(await fits(lines, call)))
    return failed(
      `Remote host public keys found but none of their fingerprints match the one you have provided: ${fingerprint}`,
    )
  if (known.length)
    await tryRun(
      tools,
      ['ssh-keygen', '-R', hostOf(call), '-f', place.path],
      asAccountAt(tools.shell, place.path, null),
    )
  const before = readText(place.path)
  writeText(place.path, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`)
  if (place.account) chownSync(place.path, place.account.uid, place.account.gid)
  if (args.flag('hash_known_hosts'))
    await tryRun(tools, ['ssh-keygen', '-H', '-f', place.path], asAccountAt(tools.shell, place.path, null))
  return succeeded(`${name}'s key saved to ${place.path}`, { old: known.join('\n'), new: lines.join('\n') })
}

function placeOf(call: StateCall) {
  const { args, tools } = call
  const user = args.textOrNone('user')
  const account = user === null ? null : findAccount(tools.shell, user)
  if (user !== null && !account) return `User '${user}' is not available`
  const standard = account ? join(account.home, '.ssh/known_hosts') : '/etc/ssh/ssh_known_hosts'
  return { path: args.textOrNone('config') ?? standard, account }
}

function hostOf(call: StateCall): string {
  const port = call.args.numberOrNone('port')
  return port === null || port === 22 ? call.name : `[${call.name}]:${port}`
}

async function linesFor(call: StateCall, path: string): Promise<string[]> {
  if (readText(path) === '') return []
  const found = await tryRun(
    call.tools,
    ['ssh-keygen', '-F', hostOf(call), '-f', path],
    asAccountAt(call.tools.shell, path, null),
  )
  return found.stdout.split('\n').filter(line => line !== '' && !line.startsWith('#'))
}

async function scanned(call: StateCall): Promise<string[]> {
  const { args } = call
  const port = args.numberOrNone('port')
  const enc = args.textOrNone('enc')?.replace(/^ssh-/, '')
  const options = [
    ...(port === null ? [] : ['-p', String(port)]),
    ...(enc ? ['-t', enc] : []),
    '-T',
    String(args.number('timeout')),
  ]
  const told = await tryRun(call.tools, ['ssh-keyscan', ...options, '--', call.name])
  return told.stdout.split('\n').filter(line => line !== '' && !line.startsWith('#'))
}

async function fits(lines: readonly string[], call: StateCall): Promise<boolean> {
  const kind = call.args.text('fingerprint_hash_type')
  const shown = await tryRun(call.tools, ['ssh-keygen', '-l', '-E', kind, '-f', '-'], {
    input: `${lines.join('\n')}\n`,
  })
  const bare = (text: string) => text.replace(/^(SHA256|MD5):/i, '').replaceAll(':', '')
  const wanted = bare(call.args.text('fingerprint'))
  return shown.stdout.split('\n').some(line => bare(line.split(' ')[1] ?? '') === wanted)
}
