/** user.present: an account with its groups, home, shell and names. */

import { type Arguments, defineState, type StateCall, type StateReturn } from '../../definition/define.ts'
import { failed, succeeded, wouldChange } from '../../definition/outcome.ts'
import { textOf, truthOf } from '../../definition/values.ts'
import { groupsOf, userInfo } from '../../modules/user.ts'
import { Dict } from '../../python/dict.ts'
import type { Value } from '../../python/value.ts'
import { type AccountEntry, findAccount, findGroup } from '../../system/accounts.ts'
import { readFileSync } from '../../system/files.ts'
import { mustRun, tryRun } from '../../system/system-command.ts'

const gecosFields = ['fullname', 'roomnumber', 'workphone', 'homephone', 'other'] as const

const userArguments: Arguments = {
  uid: { does: 'Its number; default: the next free one.', type: 'whole number' },
  gid: { does: 'Its primary group, by number or name.', type: 'any' },
  usergroup: { does: 'Whether a group of its own name is made as its primary group.', type: 'boolean' },
  gid_from_name: { does: 'Takes the group of its own name as primary group.', type: 'boolean', default: false },
  groups: { does: 'The groups that it is in, beside the primary one.', type: 'text or list' },
  optional_groups: { does: 'Groups that it is in where they are there.', type: 'text or list' },
  remove_groups: { does: 'Takes it out of all other groups.', type: 'boolean', default: true },
  home: { does: 'Its home.', type: 'path' },
  createhome: { does: 'Makes the home.', type: 'boolean', default: true },
  password: { does: 'Its password, as /etc/shadow keeps it.', type: 'text' },
  enforce_password: {
    does: 'Sets the password of an account that is there already too.',
    type: 'boolean',
    default: true,
  },
  empty_password: { does: 'Lets it log in without a password.', type: 'boolean', default: false },
  hash_password: { does: 'Hashes a password that is given in clear.', type: 'boolean', default: false },
  shell: { does: 'Its shell.', type: 'path' },
  unique: { does: 'Refuses a number that another account has.', type: 'boolean', default: true },
  system: { does: 'Takes the number from the range of system accounts.', type: 'boolean', default: false },
  fullname: { does: 'The name of the person.', type: 'text' },
  roomnumber: { does: 'The room of the person.', type: 'text' },
  workphone: { does: 'The telephone at work.', type: 'text' },
  homephone: { does: 'The telephone at home.', type: 'text' },
  other: { does: 'Anything else.', type: 'text' },
  allow_uid_change: { does: 'Allows an account that is there to get another number.', type: 'boolean', default: false },
  allow_gid_change: {
    does: 'Allows an account that is there to get another primary group.',
    type: 'boolean',
    default: false,
  },
  expire: { does: 'Days since 1970 after which it is locked.', type: 'whole number' },
  password_lock: { does: 'Locks the password, or unlocks it.', type: 'boolean' },
}

export const present = defineState({
  does: 'Sees that an account is there, with its groups, home, shell and names.',
  arguments: userArguments,
  otherArguments: 'What other systems know of accounts is accepted and ignored.',
  run: seePresent,
})

async function seePresent(call: StateCall): Promise<StateReturn> {
  const { name, args, tools, test } = call
  const missing = args.texts('groups').filter(group => !findGroup(tools.shell, group))
  if (missing.length) return failed(`The following group(s) are not present: ${missing.join(',')}`)
  const conflict = args.texts('groups').filter(group => args.texts('optional_groups').includes(group))
  if (conflict.length) return failed(`Group(s) ${conflict.join(',')} are in both groups and optional_groups`)
  const account = findAccount(tools.shell, name)
  if (!account) return test ? wouldChange(`User ${name} set to be added`) : created(call)
  const changes = changesFor(call, account)
  if (changes.size === 0) return succeeded(`User ${name} is present and up to date`)
  const refused = refusal(call, account, changes)
  if (refused) return failed(refused)
  if (test) {
    const lines = [...changes].map(
      ([key, value]) => `${textOf(key)}: ${key === 'passwd' ? 'XXX-REDACTED-XXX' : textOf(value)}\n`,
    )
    return wouldChange(`The following user attributes are set to be changed:\n${lines.join('')}`)
  }
  return updated(call, account, changes)
}

async function created(call: StateCall): Promise<StateReturn> {
  const { name, args, tools } = call
  const groups = [...args.texts('groups'), ...existing(call, args.texts('optional_groups'))]
  const gid = primaryOf(call)
  const options: string[] = []
  const uid = args.numberOrNone('uid')
  if (uid !== null) options.push('-u', String(uid))
  if (gid !== null) options.push('-g', String(gid))
  else if (args.has('usergroup')) options.push(args.flag('usergroup') ? '-U' : '-N')
  if (groups.length) options.push('-G', groups.join(','))
  if (args.textOrNone('home')) options.push('-d', args.text('home'))
  options.push(args.flag('createhome') ? '-m' : '-M')
  if (args.textOrNone('shell')) options.push('-s', args.text('shell'))
  if (args.flag('system')) options.push('-r')
  if (!args.flag('unique')) options.push('-o')
  const gecos = gecosFields.map(field => args.text(field))
  if (gecos.some(text => text !== '')) options.push('-c', gecosText(gecos))
  const made = await tryRun(tools, ['useradd', ...options, name])
  if (!made.ok) return failed(`Failed to create new user ${name}: ${made.stderr.trim()}`)
  await setPassword(call)
  const account = findAccount(tools.shell, name)
  const changes = account ? userInfo(account) : new Dict()
  if (!args.flag('createhome')) changes.set('home', '')
  if (args.has('password')) changes.set('passwd', 'XXX-REDACTED-XXX')
  return succeeded(`New user ${name} created`, changes)
}

async function updated(call: StateCall, before: AccountEntry, changes: Dict): Promise<StateReturn> {
  const { name, args, tools } = call
  const options: string[] = []
  const simple = { uid: '-u', gid: '-g', home: '-d', shell: '-s' } as const
  for (const [key, option] of Object.entries(simple)) {
    const value = changes.get(key)
    if (value !== undefined) options.push(option, textOf(value))
  }
  if (changes.has('home') && args.flag('createhome')) options.push('-m')
  if (changes.has('groups')) options.push('-G', supplementary(call, before).join(','))
  if (gecosFields.some(field => changes.has(field))) {
    const now = userInfo(before)
    options.push('-c', gecosText(gecosFields.map(field => textOf(changes.get(field) ?? now.get(field) ?? ''))))
  }
  if (options.length) {
    const done = await tryRun(tools, ['usermod', ...options, name])
    if (!done.ok)
      return failed(
        `These values could not be changed: ${[...changes.keys()].map(textOf).join(', ')}: ${done.stderr.trim()}`,
      )
  }
  if (changes.has('passwd')) {
    await setPassword(call)
    changes.set('passwd', 'XXX-REDACTED-XXX')
  }
  return succeeded(`Updated user ${name}`, changes)
}

function changesFor(call: StateCall, account: AccountEntry): Dict {
  const { args } = call
  const changes = new Dict()
  const note = (key: string, wanted: Value, now: Value) => {
    if (wanted !== null && wanted !== '' && textOf(wanted) !== textOf(now)) changes.set(key, wanted)
  }
  note('uid', args.numberOrNone('uid'), account.uid)
  note('gid', primaryOf(call), account.gid)
  note('home', args.textOrNone('home')?.replace(/(.)\/+$/, '$1') ?? null, account.home)
  note('shell', args.textOrNone('shell'), account.shell)
  if (args.has('groups') || args.has('optional_groups')) {
    const wanted = supplementary(call, account)
    const now = groupsOf(account).filter(group => group !== primaryName(call, account))
    if ([...wanted].sort().join() !== [...now].sort().join()) changes.set('groups', [...wanted].sort())
  }
  const info = userInfo(account)
  for (const field of gecosFields) {
    if (args.has(field) && args.text(field) !== textOf(info.get(field) ?? '')) changes.set(field, args.text(field))
  }
  if (passwordDiffers(call)) changes.set('passwd', args.text('password'))
  return changes
}

/** Another number leaves its files to nobody: that must be asked for. */
function refusal(call: StateCall, account: AccountEntry, changes: Dict): string | null {
  const lines = (['uid', 'gid'] as const)
    .filter(key => changes.has(key) && !call.args.flag(`allow_${key}_change`))
    .map(
      key =>
        `- Changing ${key} (${account[key]} -> ${textOf(changes.get(key) ?? '')}) not permitted, set allow_${key}_change to True to force this change. Note that this will not change file ownership.`,
    )
  if (lines.length === 0) return null
  return `Encountered error checking for needed changes. Additional info follows:\n\n${lines.join('\n')}`
}

/** The groups beside the primary one that it shall be in. */
function supplementary(call: StateCall, account: AccountEntry): string[] {
  const { args } = call
  const primary = primaryName(call, account)
  const wanted = new Set([...args.texts('groups'), ...existing(call, args.texts('optional_groups'))])
  if (!args.flag('remove_groups')) for (const group of groupsOf(account)) wanted.add(group)
  wanted.delete(primary)
  return [...wanted]
}

function primaryName(call: StateCall, account: AccountEntry): string {
  return findGroup(call.tools.shell, primaryOf(call) ?? account.gid)?.name ?? ''
}

function primaryOf(call: StateCall): number | null {
  const { args, tools, name } = call
  const wanted = args.flag('gid_from_name') ? name : args.value('gid')
  if (wanted === null || wanted === '') return null
  return findGroup(tools.shell, textOf(wanted))?.gid ?? (typeof wanted === 'number' ? wanted : null)
}

function existing(call: StateCall, groups: readonly string[]): string[] {
  return groups.filter(group => findGroup(call.tools.shell, group))
}

function gecosText(fields: readonly string[]): string {
  return fields.join(',').replace(/,+$/, '')
}

function passwordDiffers(call: StateCall): boolean {
  const { args, name } = call
  const wanted = args.textOrNone('password')
  if (wanted === null || args.flag('hash_password') || !args.flag('enforce_password')) return false
  try {
    const line = readFileSync('/etc/shadow', 'utf8')
      .split('\n')
      .find(each => each.startsWith(`${name}:`))
    return line?.split(':')[1] !== wanted
  } catch {
    return false
  }
}

/** Through standard input: a command line is for everyone to see. */
async function setPassword(call: StateCall): Promise<void> {
  const { args, name, tools } = call
  const password = args.textOrNone('password')
  if (password !== null) {
    const options = args.flag('hash_password') ? [] : ['-e']
    await mustRun(tools, ['chpasswd', ...options], { input: `${name}:${password}\n` })
  } else if (args.flag('empty_password')) await mustRun(tools, ['passwd', '-d', name])
  if (args.has('password_lock') && truthOf(args.value('password_lock'))) await mustRun(tools, ['passwd', '-l', name])
}
