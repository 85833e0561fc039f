/** ssh_auth.*: keys that may log in to an account. */

import { isAbsolute } from 'node:path'
import { type Arguments, defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { Dict } from '../python/dict.ts'
import {
  type AuthorizedKey,
  authorizedKeys,
  type Place,
  parseKey,
  placeOf,
  removeKey,
  writeKey,
} from '../system/authorized-keys.ts'
import { readFileSync } from '../system/files.ts'

const keyArguments: Arguments = {
  user: { does: 'The account.', type: 'text', required: true },
  enc: { does: 'The kind of the key, where the name does not say it.', type: 'text', default: 'ssh-rsa' },
  comment: { does: 'The comment behind the key.', type: 'text', default: '' },
  source: { does: 'A file of keys, one a line: salt://… or a path.', type: 'text', default: '' },
  options: { does: 'Options in front of the key.', type: 'list' },
  config: { does: 'The file; %h is the home, %u the account.', type: 'text', default: '.ssh/authorized_keys' },
  fingerprint_hash_type: { does: 'Accepted and ignored.', type: 'text' },
}

const present = defineState({
  does: 'Sees that a key may log in to an account; `name` is the key, or a whole line.',
  arguments: keyArguments,
  otherArguments: 'Accepted and ignored.',
  run: seePresent,
})

const absent = defineState({
  does: 'Sees that a key may not log in to an account.',
  arguments: keyArguments,
  run: call => {
    const place = placeOf(call.args.text('user'), call.args.text('config'), call.tools.shell)
    const keys = keysOf(call)
    const known = new Set(authorizedKeys(place).map(({ key }) => key))
    const there = keys.filter(({ key }) => known.has(key))
    if (there.length === 0) return succeeded('Key not present')
    if (call.test) return wouldChange(`Key ${call.name} for user ${call.args.text('user')} is set for removal`)
    for (const { key } of there) removeKey(place, key)
    return succeeded('Key removed', Dict.of(there.map(({ key }) => [key, 'Removed'] as const)))
  },
})

export const states: StateTable = { present, absent }

function seePresent(call: StateCall): StateReturn {
  const { args, name, test, tools } = call
  const user = args.text('user')
  const keys = keysOf(call)
  if (keys.length === 0 || keys.some(({ key }) => !/^[A-Za-z0-9+/]+={0,3}$/.test(key)))
    return failed('Invalid public ssh key, most likely has spaces or invalid syntax')
  const place = placeOf(user, args.text('config'), tools.shell)
  const now = new Map(authorizedKeys(place).map(each => [each.key, each]))
  const shown = args.text('source') ? name : (keys[0] as AuthorizedKey).key
  const wrong = keys.filter(key => !same(now.get(key.key), key))
  if (wrong.length === 0) return succeeded(`The authorized host key ${shown} is already present for user ${user}`)
  const isNew = wrong.some(({ key }) => !now.has(key))
  if (test)
    return wouldChange(
      isNew ? `Key ${shown} for user ${user} is set to be added` : `Key ${shown} for user ${user} is set to be updated`,
    )
  write(place, wrong)
  const comment = `The authorized host key ${shown} for user ${user} was ${isNew ? 'added' : 'updated'}`
  return succeeded(comment, { [shown]: isNew ? 'New' : 'Updated' })
}

function write(place: Place, keys: readonly AuthorizedKey[]): void {
  for (const key of keys) writeKey(place, key)
}

/** The keys that the state is about: its name, or the lines of its source. */
function keysOf(call: StateCall): AuthorizedKey[] {
  const { args, tools } = call
  const source = args.text('source')
  const otherwise = { enc: args.text('enc'), comment: args.text('comment'), options: args.texts('options') }
  if (source === '') return [parseKey(call.name, otherwise)]
  const path = isAbsolute(source) ? source : tools.files.find(source)
  if (path === null) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => parseKey(line, otherwise))
}

function same(now: AuthorizedKey | undefined, wanted: AuthorizedKey): boolean {
  if (!now) return false
  const options = wanted.options.length === 0 || now.options.join() === wanted.options.join()
  return now.enc === wanted.enc && options && (wanted.comment === '' || now.comment === wanted.comment)
}
