/** corpus keys add, remove and list. */
import { defineCommand } from '../command.ts'

export const keysAddCommand = defineCommand({
  name: 'keys add',
  does: "Lets an ssh key push: puts it into this account's authorized_keys, behind a door for git and a shell. FILE is the public key; `-` reads it from standard input.",
  arguments: ['NAME', 'FILE'],
  isNamed: true,
  example: 'corpus keys add alice alice.pub',
  async run(invocation) {
    const { addKey, readKey } = await import('../../controller/keys.ts')
    const [name = '', source = '-'] = invocation.args
    const { file, hiddenBy } = await addKey(invocation.context, name, readKey(source))
    invocation.print(`added to ${file}\n`)
    if (hiddenBy !== null)
      process.stderr.write(
        `warning: line ${hiddenBy} has the same key, and sshd takes the first: without that line pushes with it reach corpus\n`,
      )
    return 0
  },
})

export const keysRemoveCommand = defineCommand({
  name: 'keys remove',
  does: 'Takes a key out of authorized_keys again.',
  arguments: ['NAME'],
  isNamed: true,
  example: 'corpus keys remove alice',
  async run(invocation) {
    const { removeKey } = await import('../../controller/keys.ts')
    invocation.print(`removed from ${removeKey(invocation.args[0] ?? '')}\n`)
    return 0
  },
})

export const keysListCommand = defineCommand({
  name: 'keys list',
  does: 'Names the keys that were added.',
  answers: true,
  example: 'corpus keys list',
  async run(invocation) {
    const { listKeys } = await import('../../controller/keys.ts')
    const names = listKeys()
    invocation.print(invocation.json ? `${JSON.stringify(names)}\n` : names.map(name => `${name}\n`).join(''))
    return 0
  },
})
