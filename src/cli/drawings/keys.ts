/** Keys: what each may do, in words. */

import type { AnswerOf } from '../../controller/request.ts'
import type { keysAddRequest } from '../../controller/requests/keys-add.ts'
import type { keysListRequest } from '../../controller/requests/keys-list.ts'
import type { keysRemoveRequest } from '../../controller/requests/keys-remove.ts'
import { draw } from '../drawing.ts'
import { tableText } from '../table.ts'

export const addDrawing = draw<typeof keysAddRequest>({
  text({ file, key, hidden_by, acts_as, unknown }) {
    for (const glob of unknown) process.stderr.write(`note: ${glob} is no project yet\n`)
    if (hidden_by !== null)
      process.stderr.write(
        `warning: line ${hidden_by} has the same key, and sshd takes the first: without that line pushes with it reach corpus, and only then is it bound to what it may do\n`,
      )
    if (key.user !== null)
      return `added to ${file}\n${key.user} pushes with it as ${key.user} may: see corpus rights ${key.user}\n`
    return `added to ${file}\n${sentences(key, acts_as)}`
  },
})

function sentences({ name, projects, pillar, shell }: AnswerOf<typeof keysListRequest>[number], who: string): string {
  const able = `${name} pushes to and fetches from ${projects.map(one => (one === '*' ? 'every project' : one)).join(', ')}`
  if (shell) return `${able}, and has a shell: it acts as ${who}\n`
  if (pillar) return `${able}, with pillars and state files (.salt): who pushes those acts as ${who} on this machine\n`
  return `${able}; it has no shell, reads and pushes no pillar, and changes no state files (.salt)\n`
}

export const removeDrawing = draw<typeof keysRemoveRequest>({ text: ({ file }) => `removed from ${file}\n` })

export const listDrawing = draw<typeof keysListRequest>({
  text(keys) {
    if (keys.length === 0) return 'No key was added.\n'
    for (const { name } of keys.filter(one => one.unlimited))
      process.stderr.write(
        `${name} was added before keys had rights, and may do everything; to narrow it: corpus keys add ${name} --project GLOB\n`,
      )
    return tableText(
      ['key', 'projects', 'pillar', 'shell', 'fingerprint'],
      keys.map(one =>
        one.user === null
          ? [one.name, one.projects.join(' '), yes(one.pillar), yes(one.shell), one.fingerprint]
          : [one.name, 'as the user may', '', '', one.fingerprint],
      ),
    )
  },
})

const yes = (is: boolean): string => (is ? 'yes' : 'no')
