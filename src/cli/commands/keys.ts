/** corpus keys add, remove and list. */
import type { Key } from '../../controller/keys.ts'
import { defineCommand, listOption } from '../command.ts'
import { tableText } from '../table.ts'

export const keysAddCommand = defineCommand({
  name: 'keys add',
  does: "Lets an ssh key push: puts it into this account's authorized_keys, behind a door for git on the named projects and nothing else. FILE is the public key; `-` reads it from standard input. Without FILE, a key that has the name gets other rights.",
  arguments: ['NAME', '[FILE]'],
  isNamed: true,
  options: [
    {
      flags: '--project GLOB',
      does: 'a project that it pushes to and fetches from; `*` stands for any letters (may be repeated)',
      many: true,
    },
    {
      flags: '--pillar',
      does: 'it also reads and pushes pillars, and pushes state files (.salt): that is acting as the account that runs corpus, as root on a machine where root does',
    },
    {
      flags: '--shell',
      does: 'it also has a shell and any command as the account of authorized_keys: that is everything this account may',
    },
  ],
  example: "corpus keys add alice alice.pub --project shop --project 'team-*'",
  async run(invocation) {
    const { addKey, matches, readKey, rightsOf } = await import('../../controller/keys.ts')
    const [name = '', source] = invocation.args
    const { options, context } = invocation
    const rights = rightsOf({
      projects: listOption(invocation, 'project') ?? [],
      pillar: options['pillar'] === true,
      shell: options['shell'] === true,
    })
    const text = source === undefined ? null : readKey(source)
    const { file, key, hiddenBy } = await addKey(context, name, text, rights)
    invocation.print(`added to ${file}\n${sentences(key)}`)
    const { projectNames } = await import('../../controller/context.ts')
    for (const glob of key.projects)
      if (!projectNames(context).some(project => matches(glob, project)))
        process.stderr.write(`note: ${glob} is no project yet\n`)
    if (hiddenBy !== null)
      process.stderr.write(
        `warning: line ${hiddenBy} has the same key, and sshd takes the first: without that line pushes with it reach corpus, and only then is it bound to what it may do\n`,
      )
    return 0
  },
})

function sentences({ name, projects, pillar, shell }: Key): string {
  const who = process.getuid?.() === 0 ? 'root' : 'this account'
  const able = `${name} pushes to and fetches from ${projects.map(one => (one === '*' ? 'every project' : one)).join(', ')}`
  if (shell) return `${able}, and has a shell: it acts as ${who}\n`
  if (pillar) return `${able}, with pillars and state files (.salt): who pushes those acts as ${who} on this machine\n`
  return `${able}; it has no shell, reads and pushes no pillar, and changes no state files (.salt)\n`
}

export const keysRemoveCommand = defineCommand({
  name: 'keys remove',
  does: 'Takes a key out of authorized_keys again.',
  arguments: ['NAME'],
  isNamed: true,
  example: 'corpus keys remove alice',
  async run(invocation) {
    const { removeKey } = await import('../../controller/keys.ts')
    invocation.print(`removed from ${removeKey(invocation.context, invocation.args[0] ?? '')}\n`)
    return 0
  },
})

export const keysListCommand = defineCommand({
  name: 'keys list',
  does: 'Lists the keys that were added, and what each may do.',
  answers: true,
  example: 'corpus keys list',
  async run(invocation) {
    const { listKeys } = await import('../../controller/keys.ts')
    const keys = listKeys(invocation.context)
    if (invocation.json) invocation.print(`${JSON.stringify(keys)}\n`)
    else if (keys.length === 0) invocation.print('No key was added.\n')
    else {
      invocation.print(
        tableText(
          ['key', 'projects', 'pillar', 'shell', 'fingerprint'],
          keys.map(one => [one.name, one.projects.join(' '), yes(one.pillar), yes(one.shell), one.fingerprint]),
        ),
      )
      for (const { name } of keys.filter(one => one.unlimited))
        process.stderr.write(
          `${name} was added before keys had rights, and may do everything; to narrow it: corpus keys add ${name} --project GLOB\n`,
        )
    }
    return 0
  },
})

const yes = (is: boolean): string => (is ? 'yes' : 'no')
