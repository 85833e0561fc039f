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
  const { name, given, tools, test } = call
  const missing = given.texts('groups').filter(group => !findGroup(tools.shell, group))
  if (missing.length) return failed(`The following group(s) are not present: ${missing.join(',')}`)
  const conflict = given.texts('groups').filter(group => given.texts('optional_groups').includes(group))
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
  const { name, given, tools } = call
  const groups = [...given.texts('groups'), ...existing(call, given.texts('optional_groups'))]
  const gid = primaryOf(call)
  const options: string[] = []
  const uid = given.numberOrNone('uid')
  if (uid !== null) options.push('-u', String(uid))
  if (gid !== null) options.push('-g', String(gid))
  else if (given.has('usergroup')) options.push(given.flag('usergroup') ? '-U' : '-N')
  if (groups.length) options.push('-G', groups.join(','))
  if (given.textOrNone('home')) options.push('-d', given.text('home'))
  options.push(given.flag('createhome') ? '-m' : '-M')
  if (given.textOrNone('shell')) options.push('-s', given.text('shell'))
  if (given.flag('system')) options.push('-r')
  if (!given.flag('unique')) options.push('-o')
  const gecos = gecosFields.map(field => given.text(field))
  if (gecos.some(text => text !== '')) options.push('-c', gecosText(gecos))
  const made = await tryRun(tools, ['useradd', ...options, name])
  if (!made.ok) return failed(`Failed to create new user ${name}: ${made.stderr.trim()}`)
  await setPassword(call)
  const account = findAccount(tools.shell, name)
  const changes = account ? userInfo(account) : new Dict()
  if (!given.flag('createhome')) changes.set('home', '')
  if (given.has('password')) changes.set('passwd', 'XXX-REDACTED-XXX')
  return succeeded(`New user ${name} created`, changes)
}

async function updated(call: StateCall, before: AccountEntry, changes: Dict): Promise<StateReturn> {
  const { name, given, tools } = call
  const options: string[] = []
  const simple = { uid: '-u', gid: '-g', home: '-d', shell: '-s' } as const
  for (const [key, option] of Object.entries(simple)) {
    const value = changes.get(key)
    if (value !== undefined) options.push(option, textOf(value))
  }
  if (changes.has('home') && given.flag('createhome')) options.push('-m')
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
  const { given } = call
  const changes = new Dict()
  const note = (key: string, wanted: Value, now: Value) => {
    if (wanted !== null && wanted !== '' && textOf(wanted) !== textOf(now)) changes.set(key, wanted)
  }
  note('uid', given.numberOrNone('uid'), account.uid)
  note('gid', primaryOf(call), account.gid)
  note('home', given.textOrNone('home')?.replace(/(.)\/+$/, '$1') ?? null, account.home)
  note('shell', given.textOrNone('shell'), account.shell)
  if (given.has('groups') || given.has('optional_groups')) {
    const wanted = supplementary(call, account)
    const now = groupsOf(account).filter(group => group !== primaryName(call, account))
    if ([...wanted].sort().join() !== [...now].sort().join()) changes.set('groups', [...wanted].sort())
  }
  const info = userInfo(account)
  for (const field of gecosFields) {
    if (given.has(field) && given.text(field) !== textOf(info.get(field) ?? '')) changes.set(field, given.text(field))
  }
  if (passwordDiffers(call)) changes.set('passwd', given.text('password'))
  return changes
}

/** Another number leaves its files to nobody: that must be asked for. */
function refusal(call: StateCall, account: AccountEntry, changes: Dict): string | null {
  const lines = (['uid', 'gid'] as const)
    .filter(key => changes.has(key) && !call.given.flag(`allow_${key}_change`))
    .map(
      key =>
        `- Changing ${key} (${account[key]} -> ${textOf(changes.get(key) ?? '')}) not permitted, set allow_${key}_change to True to force this change. Note that this will not change file ownership.`,
    )
  if (lines.length === 0) return null
  return `Encountered error checking for needed changes. Additional info follows:\n\n${lines.join('\n')}`
}

/** The groups beside the primary one that it shall be in. */
function supplementary(call: StateCall, account: AccountEntry): string[] {
  const { given } = call
  const primary = primaryName(call, account)
  const wanted = new Set([...given.texts('groups'), ...existing(call, given.texts('optional_groups'))])
  if (!given.flag('remove_groups')) for (const group of groupsOf(account)) wanted.add(group)
  wanted.delete(primary)
  return [...wanted]
}

function primaryName(call: StateCall, account: AccountEntry): string {
  return findGroup(call.tools.shell, primaryOf(call) ?? account.gid)?.name ?? ''
}

function primaryOf(call: StateCall): number | null {
  const { given, tools, name } = call
  const wanted = given.flag('gid_from_name') ? name : given.value('gid')
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
  const { given, name } = call
  const wanted = given.textOrNone('password')
  if (wanted === null || given.flag('hash_password') || !given.flag('enforce_password')) return false
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
  const { given, name, tools } = call
  const password = given.textOrNone('password')
  if (password !== null) {
    const options = given.flag('hash_password') ? [] : ['-e']
    await mustRun(tools, ['chpasswd', ...options], { input: `${name}:${password}\n` })
  } else if (given.flag('empty_password')) await mustRun(tools, ['passwd', '-d', name])
  if (given.has('password_lock') && truthOf(given.value('password_lock'))) await mustRun(tools, ['passwd', '-l', name])
}
