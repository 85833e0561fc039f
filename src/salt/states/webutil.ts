/** webutil.*: users of a password file of web servers. */

import { defineState, type StateCall, type StateReturn, type StateTable } from '../definition/define.ts'
import { failed, succeeded, wouldChange } from '../definition/outcome.ts'
import { asAccountAt } from '../system/acting-as.ts'
import { existsSync, readFileSync } from '../system/files.ts'
import { mustRun, tryRun } from '../system/system-command.ts'

const userExists = defineState({
  does: 'Sees that a password file has a user.',
  arguments: {
    password: { does: 'The password, in clear.', type: 'text' },
    htpasswd_file: { does: 'The file.', type: 'path' },
    options: { does: 'Further options of htpasswd(1), without dashes.', type: 'text', default: '' },
    force: { does: 'Sets the password of a user that is there too.', type: 'boolean', default: false },
    update: { does: 'Sets the password where it differs.', type: 'boolean', default: false },
    runas: { does: 'Accepted and ignored.', type: 'text' },
    opts: { does: 'Another name of options.', type: 'text', default: '' },
  },
  otherArguments: 'Accepted and ignored.',
  run: seeUser,
})

const userAbsent = defineState({
  does: 'Sees that a password file does not have a user.',
  arguments: {
    htpasswd_file: { does: 'The file.', type: 'path', required: true },
    runas: { does: 'Accepted and ignored.', type: 'text' },
  },
  run: async call => {
    const file = call.args.text('htpasswd_file')
    if (!hasUser(file, call.name)) return succeeded('User not in file')
    if (call.test)
      return wouldChange(`User '${call.name}' is set to be removed from htpasswd file`, { [call.name]: true })
    await mustRun(call.tools, ['htpasswd', '-D', file, call.name], asAccountAt(call.tools.shell, file, null))
    return succeeded('', { [call.name]: true })
  },
})

export const states: StateTable = { user_exists: userExists, user_absent: userAbsent }

async function seeUser(call: StateCall): Promise<StateReturn> {
  const { args, name, tools } = call
  const file = args.text('htpasswd_file')
  const password = args.textOrNone('password')
  if (file === '' || password === null) return failed('htpasswd_file and password are needed')
  const known = hasUser(file, name)
  const differs =
    known &&
    args.flag('update') &&
    !(
      await tryRun(tools, ['htpasswd', '-vi', file, name], { input: password, ...asAccountAt(tools.shell, file, null) })
    ).ok
  if (known && !differs && !args.flag('force')) return succeeded('User already known')
  if (call.test) return wouldChange(`User '${name}' is set to be added to htpasswd file`, { [name]: true })
  const letters = (args.text('options') || args.text('opts')).replace(/[^a-zA-Z0-9]/g, '')
  const flags = `-${existsSync(file) ? '' : 'c'}i${letters}`
  // The password goes through standard input: a command line is for everyone to see.
  await mustRun(tools, ['htpasswd', flags, file, name], { input: password, ...asAccountAt(tools.shell, file, null) })
  return succeeded(`useradd: ${name}`, { [name]: true })
}

function hasUser(file: string, name: string): boolean {
  return (
    existsSync(file) &&
    readFileSync(file, 'utf8')
      .split('\n')
      .some(line => line.startsWith(`${name}:`))
  )
}
